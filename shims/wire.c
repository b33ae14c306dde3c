/* Frames as bytes, and sending them. Numbers are big-endian. A send that fails is not an end:
 * what the daemon said before is still read, and the main loop sees the connection's end there. */
#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void reserve(struct bytes *b, size_t more) {
  if (b->room - b->used >= more) return;
  size_t room = b->room ? b->room : 4096;
  while (room - b->used < more) room *= 2;
  unsigned char *at = realloc(b->at, room);
  if (at == NULL) {
    static const char words[] = "out of memory\n";
    if (write(2, words, sizeof words - 1) < 0) _exit(255);
    _exit(255);
  }
  b->at = at;
  b->room = room;
}

void put(struct bytes *b, const void *from, size_t length) {
  if (length == 0) return;
  reserve(b, length);
  memcpy(b->at + b->used, from, length);
  b->used += length;
}

void put8(struct bytes *b, unsigned value) {
  unsigned char byte = (unsigned char)value;
  put(b, &byte, 1);
}

void put16(struct bytes *b, unsigned value) {
  put8(b, value >> 8 & 255);
  put8(b, value & 255);
}

void put32(struct bytes *b, uint32_t value) {
  put16(b, value >> 16);
  put16(b, value & 0xffff);
}

void put64(struct bytes *b, uint64_t value) {
  put32(b, (uint32_t)(value >> 32));
  put32(b, (uint32_t)value);
}

uint32_t get32(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool send_parts(struct shim *s, struct iovec *parts, size_t count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
  while (message.msg_iovlen > 0) {
    ssize_t sent = sendmsg(s->sock, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      struct pollfd ready = {.fd = s->sock, .events = POLLOUT};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return false;
      continue;
    }
    size_t left = (size_t)sent;
    while (message.msg_iovlen > 0 && left >= message.msg_iov->iov_len) {
      left -= message.msg_iov->iov_len;
      message.msg_iov++;
      message.msg_iovlen--;
    }
    if (left > 0) {
      message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + left;
      message.msg_iov->iov_len -= left;
    }
  }
  return true;
}

bool send_bytes(struct shim *s, const void *from, size_t length) {
  struct iovec part = {.iov_base = (void *)(uintptr_t)from, .iov_len = length};
  return send_parts(s, &part, 1);
}

static void make_header(unsigned char header[HEADER_BYTES], unsigned type, size_t length) {
  for (unsigned i = 0; i < 4; i++) header[i] = (unsigned char)(length >> (24 - 8 * i));
  header[4] = (unsigned char)type;
}

/* The payload of an ending: how (1 byte), the error's number (4). */
static void make_ending(unsigned char payload[ENDING_BYTES], unsigned how, int error) {
  payload[0] = (unsigned char)how;
  unsigned number = (unsigned)error;
  for (unsigned i = 0; i < 4; i++) payload[1 + i] = (unsigned char)(number >> (24 - 8 * i));
}

bool send_frame(struct shim *s, unsigned type, const void *payload, size_t length) {
  unsigned char header[HEADER_BYTES];
  make_header(header, type, length);
  struct iovec parts[2] = {
      {.iov_base = header, .iov_len = sizeof header},
      {.iov_base = (void *)(uintptr_t)payload, .iov_len = length},
  };
  return send_parts(s, parts, length > 0 ? 2 : 1);
}

bool send_last(struct shim *s, unsigned type, const void *payload, size_t length,
               struct ending ending) {
  unsigned char header[HEADER_BYTES], end[HEADER_BYTES + ENDING_BYTES];
  make_header(header, type, length);
  make_header(end, type + 1, ENDING_BYTES);
  make_ending(end + HEADER_BYTES, ending.how, ending.error);
  struct iovec parts[3] = {
      {.iov_base = header, .iov_len = sizeof header},
      {.iov_base = (void *)(uintptr_t)payload, .iov_len = length},
      {.iov_base = end, .iov_len = sizeof end},
  };
  return length > 0 ? send_parts(s, parts, 3) : send_parts(s, parts + 2, 1);
}

bool send_ending(struct shim *s, unsigned type, struct ending ending) {
  unsigned char payload[ENDING_BYTES];
  make_ending(payload, ending.how, ending.error);
  return send_frame(s, type, payload, sizeof payload);
}
