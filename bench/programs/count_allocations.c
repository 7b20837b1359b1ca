// Counts the heap allocations of a program that this library is preloaded into (LD_PRELOAD): a 64-bit number in the file that
// ALLOCATION_COUNT names, which must be there. Any other process may read it at any time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// The C library's own names for what this library stands in front of: dlsym() itself allocates.
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static atomic_ulong before_start;
static atomic_ulong* count = &before_start;

__attribute__((constructor)) static void start(void) {
    const char* const path = getenv("ALLOCATION_COUNT");
    const int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 || ftruncate(file, sizeof *count) != 0) return;
    void* const shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) count = shared;
}

static void add(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

void* malloc(size_t size) {
    add();
    return __libc_malloc(size);
}

void* calloc(size_t members, size_t size) {
    add();
    return __libc_calloc(members, size);
}

void* realloc(void* old, size_t size) {
    add();
    return __libc_realloc(old, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
    add();
    return __libc_memalign(alignment, size);
}

void* memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
