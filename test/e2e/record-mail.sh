#!/bin/sh
# A sendmail that keeps what it is given: the arguments, one on a line, an empty line and the mail, in a file of its own
# in the directory mail beside this script. The file is there once the mail is complete.
set -eu
directory=$(dirname "$0")/mail
file=$(mktemp "$directory/.XXXXXXXX")
{
  printf '%s\n' "$@"
  echo
  cat
} >"$file"
mv "$file" "$directory/${file##*/.}"
