// How many passwords libsodium verifies in a second with the parameters of auth/password.cpp, on as many threads as given.
//
//     argon2id THREADS SECONDS     prints verifications per second
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char password[] = "correct horse battery staple";
static const unsigned long long passes = 3;
static const size_t memory_bytes = 64 * 1024 * 1024;

static char stored[crypto_pwhash_STRBYTES];
static double end;
static atomic_ulong verified;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void* work(void* unused) {
    while (now() < end) {
        if (crypto_pwhash_str_verify(stored, password, strlen(password)) != 0) abort();
        atomic_fetch_add(&verified, 1);
    }
    return unused;
}

int main(int count, char** arguments) {
    if (count != 3) {
        fputs("usage: argon2id THREADS SECONDS\n", stderr);
        return 2;
    }
    if (sodium_init() < 0 || crypto_pwhash_str(stored, password, strlen(password), passes, memory_bytes) != 0) abort();
    const unsigned long threads = strtoul(arguments[1], NULL, 10);
    const double begin = now();
    end = begin + strtod(arguments[2], NULL);
    pthread_t* const started = calloc(threads, sizeof *started);
    if (started == NULL) abort();
    for (unsigned long i = 0; i < threads; ++i)
        if (pthread_create(&started[i], NULL, work, NULL) != 0) abort();
    for (unsigned long i = 0; i < threads; ++i)
        pthread_join(started[i], NULL);
    free(started);
    printf("%f\n", (double)atomic_load(&verified) / (now() - begin));
    return 0;
}
