/*
 * What a supervisor tells: the record of the end, as the `exit` file and as a datagram, and short
 * news. The file comes first: whoever misses the datagram finds it.
 */
#include "supervisor.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Tells the launcher, if there is one: who listens later finds `exit` and `appended` instead. */
static void send_to_launcher(const void *bytes, size_t length) {
  struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = LAUNCHER_SOCKET};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  struct timeval limit = {.tv_sec = 5};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0)
    while (sendto(fd, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
      if (errno != EINTR) break;
  close(fd);
}

void tell_number(enum frame_type type, uint32_t value) {
  uint8_t bytes[13];
  struct writer out = {bytes, sizeof bytes, false};
  put_u8(&out, (uint8_t)type);
  put_u32(&out, self.spec->job);
  put_u32(&out, self.spec->attempt);
  put_u32(&out, value);
  send_to_launcher(bytes, sizeof bytes);
}

static void write_record(struct writer *out) {
  const struct ended *ended = &self.ended;
  put_u8(out, FRAME_ENDED);
  put_u32(out, self.spec->job);
  put_u32(out, self.spec->attempt);
  put_u8(out, ended->outcome);
  put_u32(out, ended->code);
  put_u8(out, ended->failed_step);
  put_u8(out, ended->cause);
  put_u8(out, ended->last_signal);
  put_u8(out, ended->flags);
  put_u64(out, ended->start_wall_ms);
  put_u64(out, ended->end_wall_ms);
  put_u64(out, ended->duration_us);
  put_u64(out, ended->suspended_us);
  put_u64(out, ended->usage.user_us);
  put_u64(out, ended->usage.system_us);
  put_u64(out, ended->usage.peak_bytes);
  put_u32(out, ended->usage.oom_kills);
  put_u32(out, ended->clipped_limits);
  put_string(out, ended->path);
  put_u8(out, '.');
}

void tell_end(void) {
  static uint8_t bytes[PATH_MAX + 512];
  if (self.output >= 0) self.ended.flags |= ENDED_HOLDS_OUTPUT;
  if (strlen(self.ended.path) >= PATH_MAX) self.ended.path = "";
  struct writer out = {bytes, sizeof bytes, false};
  write_record(&out);
  size_t length = sizeof bytes - out.left;
  attempt_write_exit(self.spec->name, bytes, length);
  send_to_launcher(bytes, length);
}
