/* The user's streams and files. Input is read only when the daemon asks, and kept for a second
 * connection; output that an earlier connection showed is compared, not shown again. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes as far as the stream takes it. Whoever closed the reading end ends us by SIGPIPE,
 * quietly, as the originals; with SIGPIPE ignored, or a full disk, the command goes on and keeps
 * its exit status. */
static void write_all(int fd, const unsigned char *from, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, from, length);
    if (written > 0) {
      from += written;
      length -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
      struct pollfd ready = {.fd = fd, .events = POLLOUT};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return;
    } else if (written < 0 && errno == EINTR) {
      continue;
    } else {
      return;
    }
  }
}

void show(struct shim *s, struct shown *stream, const unsigned char *from, size_t length) {
  if (stream->again < stream->total) {
    size_t same = (size_t)(stream->total - stream->again);
    if (same > length) same = length;
    if (memcmp(stream->kept + stream->again, from, same) != 0) {
      fail(s, "the connection to the daemon was lost and its answer has changed meanwhile");
    }
    stream->again += same;
    from += same;
    length -= same;
  }
  write_all(stream->fd, from, length);
  if (stream->total < SHOWN_MAX) {
    size_t room = SHOWN_MAX - (size_t)stream->total;
    memcpy(stream->kept + stream->total, from, length < room ? length : room);
  }
  stream->total += length;
  stream->again = stream->total;
}

/* Takes `length` more bytes into what is kept, or notes that they are too many. */
static bool may_keep(struct shim *s, size_t length) {
  if (s->kept_total + length > KEPT_MAX) s->unrepeatable = true;
  else s->kept_total += length;
  return !s->unrepeatable;
}

/* Whether input can be given without asking the kernel: repeated bytes, or an end seen before. */
bool input_ready(const struct shim *s) {
  return s->credit > 0 && (s->input_given < s->input.used || s->input_over);
}

static const struct ending at_end = {.how = ENDING_EOF}, at_cap = {.how = ENDING_MORE};

static struct ending failed(int error) {
  return (struct ending){.how = ENDING_ERROR, .error = error};
}

void give_input(struct shim *s) {
  unsigned char chunk[CHUNK_MAX];
  size_t length = s->credit < sizeof chunk ? s->credit : sizeof chunk;
  if (s->input_given < s->input.used) {
    size_t kept = s->input.used - (size_t)s->input_given;
    if (length > kept) length = kept;
    memcpy(chunk, s->input.at + s->input_given, length);
  } else if (s->input_over) {
    length = 0;
  } else {
    ssize_t got = read(0, chunk, length);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      s->input_over = true;
      s->input_ending = got < 0 ? failed(errno) : at_end;
      got = 0;
    }
    length = (size_t)got;
    if (may_keep(s, length)) put(&s->input, chunk, length);
  }
  if (length == 0) {
    s->credit = 0;
    send_ending(s, UP_END, s->input_ending);
    return;
  }
  s->input_given += length;
  s->credit -= (uint32_t)length;
  if (s->credit > 0) send_frame(s, UP_DATA, chunk, length);
  else send_last(s, UP_DATA, chunk, length, at_cap);
}

static void read_whole(struct answer *answer, uint32_t cap) {
  int fd = open(answer->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    answer->ending = failed(errno);
    return;
  }
  answer->ending = at_cap;
  while (answer->content.used < cap) {
    unsigned char chunk[CHUNK_MAX];
    size_t want = cap - answer->content.used;
    ssize_t got = read(fd, chunk, want < sizeof chunk ? want : sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      answer->ending = got < 0 ? failed(errno) : at_end;
      break;
    }
    put(&answer->content, chunk, (size_t)got);
  }
  close(fd);
}

static void send_answer(struct shim *s, const struct answer *answer, uint32_t cap) {
  size_t length = answer->content.used < cap ? answer->content.used : cap, at = 0;
  for (; length - at > CHUNK_MAX; at += CHUNK_MAX) {
    if (!send_frame(s, UP_FILE_DATA, answer->content.at + at, CHUNK_MAX)) return;
  }
  bool cut = length < answer->content.used;
  const unsigned char *rest = length > 0 ? answer->content.at + at : NULL;
  send_last(s, UP_FILE_DATA, rest, length - at, cut ? at_cap : answer->ending);
}

/* A file is read whole before it is sent, so that a pipe named on the command line, which cannot be
 * read twice, can be repeated. */
void give_file(struct shim *s, const char *path, uint32_t cap) {
  for (struct answer *kept = s->answers; kept != NULL; kept = kept->next) {
    if (strcmp(kept->path, path) == 0) {
      send_answer(s, kept, cap);
      return;
    }
  }
  struct bytes name = {0}, node = {0};
  put(&name, path, strlen(path) + 1);
  struct answer answer = {.path = (char *)name.at};
  read_whole(&answer, cap);
  send_answer(s, &answer, cap);
  if (may_keep(s, answer.content.used + sizeof answer + name.used)) {
    answer.next = s->answers;
    put(&node, &answer, sizeof answer);
    s->answers = (struct answer *)(void *)node.at;
  } else {
    free(answer.content.at);
    free(name.at);
  }
}

/* Shows what the file has beyond what was shown; false when it cannot be read. */
static bool show_rest(struct shim *s, int fd) {
  unsigned char chunk[CHUNK_MAX];
  for (;;) {
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got > 0) show(s, &s->out, chunk, (size_t)got);
    else if (got == 0) return true;
    else if (errno != EINTR) return false;
  }
}

void print_file(struct shim *s, const char *path, bool follow) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 || !show_rest(s, fd)) {
    int error = errno;
    if (fd >= 0) close(fd);
    send_ending(s, UP_PRINT_END, failed(error));
  } else if (follow) {
    s->follow = fd;
  } else {
    close(fd);
    send_ending(s, UP_PRINT_END, at_end);
  }
}

void print_more(struct shim *s) {
  if (s->follow >= 0 && !show_rest(s, s->follow)) stop_print(s);
}

void stop_print(struct shim *s) {
  if (s->follow < 0) return;
  struct ending ending = show_rest(s, s->follow) ? at_end : failed(errno);
  close(s->follow);
  s->follow = -1;
  send_ending(s, UP_PRINT_END, ending);
}
