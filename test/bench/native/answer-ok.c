/* Answers each line that it reads with OK, at once, as a program of exec_mode: stream does. */
#define _GNU_SOURCE
#include <stdio.h>

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        if (fputs("OK\n", stdout) == EOF || fflush(stdout) == EOF) return 1;
    }
    return 0;
}
