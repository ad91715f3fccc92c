#include "personality.h"
static int m(struct ctx *ctx, int argc, char **argv) { (void)ctx; (void)argc; (void)argv; return 1; }
const struct personality personality_tgt_admin = { .name = "tgt-admin", .help = "x", .main = m };
