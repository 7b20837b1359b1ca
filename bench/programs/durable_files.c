// How many files of a given size this disk makes durable in a second, with as many threads as given: each file is written
// under a temporary name, flushed, given its name, and the directory is flushed; so that a power cut leaves all of it or nothing.
//
//     durable_files DIRECTORY BYTES THREADS SECONDS     prints files per second
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char* directory;
static size_t bytes;
static double end;
static atomic_ulong files;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void require(int is_done, const char* what) {
    if (is_done) return;
    perror(what);
    exit(1);
}

static void make_file(int parent, const char* content, unsigned long number) {
    char temporary[32], name[32];
    snprintf(temporary, sizeof temporary, ".%lu", number);
    snprintf(name, sizeof name, "%lu", number);
    const int file = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    require(file >= 0, "openat");
    require(write(file, content, bytes) == (ssize_t)bytes, "write");
    require(fsync(file) == 0, "fsync");
    close(file);
    require(renameat(parent, temporary, parent, name) == 0, "renameat");
    require(fsync(parent) == 0, "fsync of the directory");
}

/// A directory for each thread: in one for all they would wait for each other's renames.
static void* work(void* argument) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%lu", directory, (unsigned long)argument);
    mkdir(path, 0700);
    const int parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(parent >= 0, "open");
    char* const content = malloc(bytes);
    require(content != NULL, "malloc");
    memset(content, 'a', bytes);
    while (now() < end)
        make_file(parent, content, atomic_fetch_add(&files, 1));
    free(content);
    close(parent);
    return NULL;
}

int main(int count, char** arguments) {
    if (count != 5) {
        fputs("usage: durable_files DIRECTORY BYTES THREADS SECONDS\n", stderr);
        return 2;
    }
    directory = arguments[1];
    bytes = strtoul(arguments[2], NULL, 10);
    const unsigned long threads = strtoul(arguments[3], NULL, 10);
    const double begin = now();
    end = begin + strtod(arguments[4], NULL);
    pthread_t* const started = calloc(threads, sizeof *started);
    require(started != NULL, "calloc");
    for (unsigned long i = 0; i < threads; ++i)
        require(pthread_create(&started[i], NULL, work, (void*)i) == 0, "pthread_create");
    for (unsigned long i = 0; i < threads; ++i)
        pthread_join(started[i], NULL);
    free(started);
    printf("%f\n", (double)atomic_load(&files) / (now() - begin));
    return 0;
}
