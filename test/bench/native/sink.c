/*
 * What no daemon can be faster than: it receives datagrams on a Unix socket and throws them away, so that the rate of a
 * daemon can be compared with that of the machine.
 *
 *   sink SOCKET COUNT
 *
 * Ends by itself after so many datagrams, and prints what processor time each has cost as one JSON object.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { COULD_NOT_BEGIN = 64, LARGEST_DATAGRAM = 256 * 1024 };

static int cannot_begin(const char *what, const char *why) {
    fprintf(stderr, "sink: %s: %s\n", what, why);
    return COULD_NOT_BEGIN;
}

int main(int argc, char **argv) {
    if (argc != 3) return cannot_begin("usage", "sink SOCKET COUNT");
    long count = atol(argv[2]);
    if (count < 1) return cannot_begin("COUNT", "must be a positive number");
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(argv[1]) >= sizeof at.sun_path) return cannot_begin(argv[1], "this path is too long for a socket");
    strcpy(at.sun_path, argv[1]);
    int from = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (from < 0 || bind(from, (const struct sockaddr *)&at, sizeof at) < 0) return cannot_begin(argv[1], strerror(errno));

    static char datagram[LARGEST_DATAGRAM];
    for (long received = 0; received < count;) {
        if (recv(from, datagram, sizeof datagram, 0) >= 0) received++;
        else if (errno != EINTR) return cannot_begin("recv", strerror(errno));
    }
    unlink(argv[1]);

    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double microseconds = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    printf("{\"processorUs\":%.2f}\n", microseconds / count);
    return 0;
}
