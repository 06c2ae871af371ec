// Of a modulator nothing is kept from moment to moment.
#define N_MOD 0
typedef struct {
  double nothing;
} Mod;

static inline Mod first_mod(void) { return (Mod){0.0}; }
static inline Mod next_mod(Rule rule, Mod mod, long gap, double value, bool first) { return mod; }
