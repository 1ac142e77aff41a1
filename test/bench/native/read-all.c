/* Reads its standard input to the end, whatever its arguments: a program for exec and notifyd that does nothing else. */
#include <unistd.h>

int main(void) {
  char bytes[4096];
  while (read(0, bytes, sizeof bytes) > 0);
  return 0;
}
