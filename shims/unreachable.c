/* What each original says when its daemon does not answer: the shim's only dialect. Slurm's
 * lines were captured from Slurm 22.05.8 with no slurmctld and no slurmdbd running; names that
 * are not in the table are LSF's. */
#include "shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct words {
  const char *name;
  const char *line;
  int status;
};

#define NO_CONTROLLER "Unable to contact slurm controller (connect failure)\n"
#define NO_LSF "Cannot connect to LSF. Please wait ...\n"
#define LOAD_JOBS "slurm_load_jobs error: " NO_CONTROLLER

static const struct words slurm[] = {
    {"sbatch", "sbatch: error: Batch job submission failed: " NO_CONTROLLER, 1},
    {"squeue", LOAD_JOBS, 1},
    {"scancel", LOAD_JOBS, 1},
    {"sacct",
     "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to "
     "host:localhost:6819: Connection refused\n"
     "sacct: error: Sending PersistInit msg: Connection refused\n"
     "sacct: error: Problem talking to the database: Connection refused\n",
     1},
    {"sinfo", "slurm_load_partitions: " NO_CONTROLLER, 1},
    {"scontrol", LOAD_JOBS, 1},
    {"srun", "srun: error: Unable to allocate resources: " NO_CONTROLLER, 1},
    {"salloc", "salloc: error: Job submit/allocate failed: " NO_CONTROLLER, 1},
};

static const struct words *find(const struct shim *s) {
  for (size_t i = 0; i < sizeof slurm / sizeof *slurm; i++) {
    if (strcmp(slurm[i].name, s->name) == 0) return &slurm[i];
  }
  return NULL;
}

/* scancel with nothing but ids asks for each by itself, and its status is Slurm's error 1800 mod
 * 256. */
static bool only_ids(const struct shim *s) {
  if (strcmp(s->name, "scancel") != 0 || s->argv[0] == NULL || s->argv[1] == NULL) return false;
  for (char **argument = s->argv + 1; *argument != NULL; argument++) {
    if ((*argument)[0] < '0' || (*argument)[0] > '9') return false;
  }
  return true;
}

void say_no_daemon(const struct shim *s, bool last) {
  const struct words *words = find(s);
  if (words == NULL) {
    if (!last) fputs(NO_LSF, stderr);
  } else if (last && only_ids(s)) {
    for (char **id = s->argv + 1; *id != NULL; id++) {
      fprintf(stderr, "scancel: error: Kill job error on job id %s: " NO_CONTROLLER, *id);
    }
  } else if (last) {
    fputs(words->line, stderr);
  }
}

int no_daemon_status(const struct shim *s) {
  const struct words *words = find(s);
  if (words == NULL) return 255;
  return only_ids(s) ? 8 : words->status;
}

void fail(struct shim *s, const char *sentence) {
  release_terminal(s);
  bool is_slurm = find(s) != NULL;
  fprintf(stderr, "%s: %s%s\n", s->name, is_slurm ? "error: " : "", sentence);
  _exit(is_slurm ? 1 : 255);
}
