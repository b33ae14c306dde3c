/*
 * Reading and writing frames (FRAMES.md has their layout). A reader never goes past its bytes:
 * the first shortage makes it `failed`, and it gives zeros from then on.
 */
#include "launcher.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t *take(struct reader *in, size_t length) {
  if (in->failed || length > in->left) {
    in->failed = true;
    return NULL;
  }
  const uint8_t *at = in->at;
  in->at += length;
  in->left -= length;
  return at;
}

static uint64_t take_little_endian(struct reader *in, size_t length) {
  const uint8_t *at = take(in, length);
  uint64_t value = 0;
  if (at != NULL)
    for (size_t i = length; i > 0; i--) value = value << 8 | at[i - 1];
  return value;
}

uint8_t take_u8(struct reader *in) { return (uint8_t)take_little_endian(in, 1); }
uint32_t take_u32(struct reader *in) { return (uint32_t)take_little_endian(in, 4); }
uint64_t take_u64(struct reader *in) { return take_little_endian(in, 8); }

/* Any bytes; a NUL follows them in the frame. */
struct bytes take_bytes(struct reader *in) {
  uint32_t length = take_u32(in);
  const uint8_t *at = in->failed ? NULL : take(in, (size_t)length + 1);
  if (at == NULL || at[length] != 0) {
    in->failed = true;
    return (struct bytes){"", 0};
  }
  return (struct bytes){(const char *)at, length};
}

/* A C string: bytes without a NUL inside. */
const char *take_string(struct reader *in) {
  struct bytes text = take_bytes(in);
  if (strlen(text.at) != text.length) in->failed = true;
  return text.at;
}

static void put(struct writer *out, const void *bytes, size_t length) {
  if (out->failed || length > out->left) {
    out->failed = true;
    return;
  }
  if (length > 0) memcpy(out->at, bytes, length);
  out->at += length;
  out->left -= length;
}

static void put_little_endian(struct writer *out, uint64_t value, size_t length) {
  uint8_t bytes[8];
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(value >> (8 * i));
  put(out, bytes, length);
}

void put_u8(struct writer *out, uint8_t value) { put_little_endian(out, value, 1); }
void put_u32(struct writer *out, uint32_t value) { put_little_endian(out, value, 4); }
void put_u64(struct writer *out, uint64_t value) { put_little_endian(out, value, 8); }

void put_string(struct writer *out, const char *text) {
  size_t length = strlen(text);
  put_u32(out, (uint32_t)length);
  put(out, text, length + 1);
}

/* The steps of a plan, times relative. A step with a signal or scope we do not know is malformed. */
void take_steps(struct reader *in, struct step *steps, uint8_t *count) {
  *count = take_u8(in);
  if (*count > MAX_STEPS) in->failed = true;
  for (uint8_t i = 0; i < *count && !in->failed; i++) {
    steps[i] = (struct step){.at_us = take_u64(in) * 1000};
    steps[i].signal = take_u8(in);
    steps[i].scope = take_u8(in);
    steps[i].cause = take_u8(in);
    if (steps[i].signal < 1 || steps[i].signal > 64 || steps[i].scope > SCOPE_ALL_BUT_MAIN)
      in->failed = true;
  }
}

/* An array that only grows: the launcher reads one spec after another into the same memory. */
static void *grown(void *array, uint32_t *room, uint32_t wanted, size_t item) {
  if (array != NULL && wanted <= *room) return array;
  void *larger = realloc(array, (size_t)wanted * item);
  if (larger != NULL) *room = wanted;
  return larger;
}

static void take_groups(struct reader *in, struct spec *spec) {
  static gid_t groups[MAX_GROUPS];
  spec->groups = groups;
  spec->group_count = take_u32(in);
  if (spec->group_count > MAX_GROUPS) in->failed = true;
  for (uint32_t i = 0; i < spec->group_count && !in->failed; i++) groups[i] = take_u32(in);
}

static void take_limits(struct reader *in, struct spec *spec) {
  spec->limit_count = take_u8(in);
  if (spec->limit_count > MAX_LIMITS) in->failed = true;
  for (uint8_t i = 0; i < spec->limit_count && !in->failed; i++) {
    spec->limits[i].resource = take_u8(in);
    spec->limits[i].soft = take_u64(in);
    if (spec->limits[i].resource >= RLIM_NLIMITS) in->failed = true;
  }
}

static void take_leaves(struct reader *in, struct spec *spec) {
  spec->leaf_count = take_u8(in);
  if (spec->leaf_count > MAX_LEAVES) in->failed = true;
  for (uint8_t i = 0; i < spec->leaf_count && !in->failed; i++) {
    struct leaf *leaf = &spec->leaves[i];
    leaf->fd = -1;
    leaf->version = take_u8(in);
    leaf->roles = take_u8(in);
    leaf->path = take_string(in);
    leaf->write_count = take_u8(in);
    if (leaf->version < 1 || leaf->version > 2 || leaf->write_count > MAX_WRITES) in->failed = true;
    for (uint8_t j = 0; j < leaf->write_count && !in->failed; j++) {
      leaf->writes[j].file = take_string(in);
      leaf->writes[j].value = take_string(in);
      leaf->writes[j].optional = take_u8(in) != 0;
    }
  }
}

/*
 * A list of strings as execve wants it, with room for one more (child.c puts the shell in front).
 * The count is bounded by the bytes left: no string is free.
 */
static char **take_list(struct reader *in, char **list, uint32_t *room, uint32_t *count) {
  *count = take_u32(in);
  if (in->failed || *count > in->left / 5) {
    in->failed = true;
    return list;
  }
  char **larger = grown(list, room, *count + 2, sizeof *list);
  if (larger == NULL) {
    in->failed = true;
    return list;
  }
  for (uint32_t i = 0; i < *count; i++) larger[i] = (char *)(uintptr_t)take_string(in);
  larger[*count] = NULL;
  return larger;
}

/* A script's name is a name in the attempt directory, and none of those that we use ourselves. */
static bool is_file_name(const char *name) {
  static const char *const ours[] = {"", ".", "..", "spec", "spec.new", "claim", "exit", "orders",
                                     "script.new", "appended", "lost", "output"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (strcmp(name, ours[i]) == 0) return false;
  return strchr(name, '/') == NULL && strlen(name) < 200;
}

/* Reads the payload of a LAUNCH frame, which must stay in place as long as the spec is used. */
bool read_spec(struct bytes frame, struct spec *spec) {
  static char **arguments, **environment;
  static char **note;
  static uint32_t argument_room, environment_room, note_room;
  struct reader in = {(const uint8_t *)frame.at, frame.length, false};
  spec->job = take_u32(&in);
  spec->attempt = take_u32(&in);
  attempt_name(spec->name, spec->job, spec->attempt);
  spec->flags = take_u32(&in);
  spec->uid = take_u32(&in);
  spec->gid = take_u32(&in);
  take_groups(&in, spec);
  spec->umask = take_u32(&in) & 0777;
  spec->unkillable_after_ms = take_u32(&in);
  take_limits(&in, spec);
  take_steps(&in, spec->steps, &spec->step_count);
  take_leaves(&in, spec);
  spec->cwd = take_string(&in);
  spec->fallback_cwd = take_string(&in);
  spec->in = take_string(&in);
  spec->out = take_string(&in);
  spec->err = take_string(&in);
  spec->script_name = take_string(&in);
  spec->script = take_bytes(&in);
  spec->arguments = arguments = take_list(&in, arguments, &argument_room, &spec->argument_count);
  spec->environment = environment =
      take_list(&in, environment, &environment_room, &spec->environment_count);
  spec->pid_variable_count = take_u8(&in);
  spec->directory_note = note = take_list(&in, note, &note_room, &spec->directory_note_count);
  bool has_script = spec->script_name[0] != 0;
  if (has_script && !is_file_name(spec->script_name)) in.failed = true;
  if (spec->argument_count == 0 || spec->pid_variable_count > spec->environment_count)
    in.failed = true;
  return !in.failed && in.left == 0;
}
