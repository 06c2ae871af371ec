// Weights move against the mean gradient of a batch of trials, as csrc/plasticity/descent.cpp: by the mean itself, or by
// Adam (Kingma & Ba 2015), `rate` corrected for the bias of its mean, `scale` that of its square.
static inline void put_within(global Real* weight, uint q, Real w, double least, double most, global uint* beyond) {
  const Real from = (Real)least, to = (Real)most;
  w = w < from ? from : w;
  w = w > to ? to : w;
  weight[q] = w;
  if (!(fabs(w) <= (Real)LARGEST)) beyond[1] = 1;
}

// Gradients begin at number `at`.
kernel void descend(long at, uint n, global Real* weight, global Real* gradient, double rate, double least,
                    double most, global uint* beyond) {
  const uint q = get_global_id(0);
  if (q >= n) return;
  put_within(weight, q, weight[q] - (Real)rate * gradient[at + q], least, most, beyond);
  gradient[at + q] = (Real)0;
}

kernel void descend_by_adam(long at, uint n, global Real* weight, global Real* gradient, double rate, double least,
                            double most, global uint* beyond, double beta_1, double beta_2, double epsilon, double scale,
                            double share, global Real* mean, global Real* square) {
  const uint q = get_global_id(0);
  if (q >= n) return;
  const Real one = (Real)1, b_1 = (Real)beta_1, b_2 = (Real)beta_2, g = (Real)share * gradient[at + q];
  mean[q] = b_1 * mean[q] + (one - b_1) * g;
  square[q] = b_2 * square[q] + (one - b_2) * (g * g);
  const Real step = (Real)rate * mean[q] / (sqrt(square[q] * (Real)scale) + (Real)epsilon);
  put_within(weight, q, weight[q] - step, least, most, beyond);
  gradient[at + q] = (Real)0;
}
