/*
 * A mail server's side of the notify socket, for measuring: it sends copies of one datagram as Cyrus does, each from a
 * new blocking socket (imap/notify.c), and says how many went through in a second and how long each sendto(2) slept.
 *
 *   send SOCKET COUNT FILE [PER_SECOND]      0 or nothing: as fast as they are taken
 *
 * Prints one JSON object. Ends with 0, with 1 when a sendto(2) failed, and from 64 on when it could not begin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { COULD_NOT_BEGIN = 64, LARGEST_DATAGRAM = 256 * 1024 };

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* Of this process, in the kernel as well. */
static double processor_microseconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

static void sleep_until(double at) {
    struct timespec then = {.tv_sec = (time_t)(at / 1e6)};
    then.tv_nsec = (long)((at - then.tv_sec * 1e6) * 1e3);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR) continue;
}

static int ascending(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static int cannot_begin(const char *what, const char *why) {
    fprintf(stderr, "send: %s: %s\n", what, why);
    return COULD_NOT_BEGIN;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) return cannot_begin("usage", "send SOCKET COUNT FILE [PER_SECOND]");
    long count = atol(argv[2]), per_second = argc > 4 ? atol(argv[4]) : 0;
    if (count < 1 || per_second < 0) return cannot_begin("COUNT and PER_SECOND", "must be positive numbers");

    static char datagram[LARGEST_DATAGRAM];
    FILE *file = fopen(argv[3], "rb");
    if (file == NULL) return cannot_begin(argv[3], strerror(errno));
    size_t length = fread(datagram, 1, sizeof datagram, file);
    if (ferror(file) || !feof(file)) return cannot_begin(argv[3], "cannot be read, or is too long for a datagram");
    fclose(file);

    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(argv[1]) >= sizeof to.sun_path) return cannot_begin(argv[1], "this path is too long for a socket");
    strcpy(to.sun_path, argv[1]);

    double *slept = malloc(count * sizeof *slept);
    if (slept == NULL) return cannot_begin(argv[2], "there is no memory for so many");

    long failed = 0;
    int reason = 0;
    double begun = microseconds();
    for (long i = 0; i < count; i++) {
        if (per_second > 0) sleep_until(begun + i * 1e6 / per_second);
        int from = socket(AF_UNIX, SOCK_DGRAM, 0);
        double before = microseconds();
        if (sendto(from, datagram, length, 0, (const struct sockaddr *)&to, sizeof to) < 0) {
            failed++;
            reason = errno;
        }
        slept[i] = microseconds() - before;
        close(from);
    }
    double took = microseconds() - begun;

    qsort(slept, count, sizeof *slept, ascending);
    printf("{\"n\":%ld,\"bytes\":%zu,\"errors\":%ld,\"errno\":%d,\"perSecond\":%.0f,", count, length, failed, reason,
           count * 1e6 / took);
    printf("\"p50us\":%.1f,\"p99us\":%.1f,\"p999us\":%.1f,\"maxUs\":%.1f,\"processorUs\":%.2f}\n", slept[count / 2],
           slept[(long)(count * .99)], slept[(long)(count * .999)], slept[count - 1], processor_microseconds() / count);
    return failed > 0;
}
