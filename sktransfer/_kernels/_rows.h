/* Rows at a time, several numbers at a time: predictors, losses, gradients, scaled copies.

   Written with the vector types of GCC and Clang (plain loops elsewhere), compiled for three widths of x86 and chosen
   when it runs, so that one build serves every machine. Formulas stand above the code; all of it is float64 unless a
   name says otherwise. Nothing here allocates, and inputs are const. */

#ifndef SKTRANSFER_ROWS_H
#define SKTRANSFER_ROWS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LOSS_SQUARED = 0, LOSS_BINOMIAL = 1, LOSS_POISSON = 2, LOSS_GAMMA = 3, LOSS_TWEEDIE = 4 };

/* ---- several numbers at once: `wide` is eight of them where the compiler has vector types, else one -------------- */

#if defined(__GNUC__)
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
#define INLINE static inline __attribute__((always_inline))
#define LANES 8
typedef double wide __attribute__((vector_size(64)));
typedef int64_t bits __attribute__((vector_size(64)));
typedef double loose __attribute__((vector_size(64), aligned(8), may_alias));
typedef float narrow __attribute__((vector_size(32), aligned(4), may_alias));
#define ALL(x) ((wide){(x), (x), (x), (x), (x), (x), (x), (x)})
#define SELECT(mask, yes, no) ((wide)(((bits)(yes) & (mask)) | ((bits)(no) & ~(mask))))

INLINE wide load_double(const double *p) { return (wide)*(const loose *)p; }
INLINE wide load_float(const float *p) { return __builtin_convertvector(*(const narrow *)p, wide); }
INLINE void store_double(double *p, wide v) { *(loose *)p = (loose)v; }
INLINE void store_float(float *p, wide v) { *(narrow *)p = __builtin_convertvector(v, narrow); }

INLINE double sum_of(wide v)
{
    return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]));
}

/* exp(x) = 2^k exp(r), k = round(x / log 2), |r| <= log(2) / 2, Taylor's series to the 13th power: error < 2 ulp.
   Below -708 it stays at exp(-708); above 709.7 it is infinite; NaN stays NaN. */
INLINE wide exp_of(wide x)
{
    const double shifter = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer, kept in the low bits */
    wide top = ALL(709.7), bottom = ALL(-708.0);
    bits over = x > top;
    x = SELECT(over, top, x);
    x = SELECT(x < bottom, bottom, x);
    wide shifted = x * 1.4426950408889634074 + shifter;
    wide k = shifted - shifter;
    wide r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    wide s = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    s = s * r + 1.0 / 39916800.0;
    s = s * r + 1.0 / 3628800.0;
    s = s * r + 1.0 / 362880.0;
    s = s * r + 1.0 / 40320.0;
    s = s * r + 1.0 / 5040.0;
    s = s * r + 1.0 / 720.0;
    s = s * r + 1.0 / 120.0;
    s = s * r + 1.0 / 24.0;
    s = s * r + 1.0 / 6.0;
    s = s * r + 0.5;
    s = s * r + 1.0;
    s = s * r + 1.0;
    wide power = (wide)(((bits)shifted + 1023) << 52);
    return SELECT(over, ALL(INFINITY), s * power);
}

/* log(1 + e) for 0 <= e <= 1: 2 artanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...), s = e / (2 + e) <= 1/3. */
INLINE wide log1p_of(wide e)
{
    wide s = e / (2.0 + e), q = s * s;
    wide t = q * (1.0 / 33.0) + 1.0 / 31.0;
    t = t * q + 1.0 / 29.0;
    t = t * q + 1.0 / 27.0;
    t = t * q + 1.0 / 25.0;
    t = t * q + 1.0 / 23.0;
    t = t * q + 1.0 / 21.0;
    t = t * q + 1.0 / 19.0;
    t = t * q + 1.0 / 17.0;
    t = t * q + 1.0 / 15.0;
    t = t * q + 1.0 / 13.0;
    t = t * q + 1.0 / 11.0;
    t = t * q + 1.0 / 9.0;
    t = t * q + 1.0 / 7.0;
    t = t * q + 1.0 / 5.0;
    t = t * q + 1.0 / 3.0;
    return 2.0 * s * (t * q + 1.0);
}
#else
#define INLINE static inline
#define LANES 1
typedef double wide;
typedef int bits;
#define ALL(x) (x)
#define SELECT(mask, yes, no) ((mask) ? (yes) : (no))

INLINE wide load_double(const double *p) { return *p; }
INLINE wide load_float(const float *p) { return (double)*p; }
INLINE void store_double(double *p, wide v) { *p = v; }
INLINE void store_float(float *p, wide v) { *p = (float)v; }
INLINE double sum_of(wide v) { return v; }
INLINE wide exp_of(wide x) { return exp(x); }
INLINE wide log1p_of(wide e) { return log1p(e); }
#endif

/* ---- losses: value, first and second derivative by the predictor, without the weight ---------------------------- */

/* (y - eta)^2 / 2 */
INLINE void squared(wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    *slope = eta - y;
    *curvature = ALL(1.0);
    *value = 0.5 * *slope * *slope;
}

/* log(1 + exp(eta)) - y eta, through exp(-|eta|): nothing overflows, nothing cancels where y is 0 or 1 */
INLINE void binomial(wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    bits negative = eta < 0.0;
    wide size = SELECT(negative, -eta, eta);
    wide e = exp_of(-size), share = 1.0 / (1.0 + e), rest = e * share;
    wide mu = SELECT(negative, rest, share), nu = SELECT(negative, share, rest);
    *slope = (1.0 - y) * mu - y * nu;
    *curvature = share * rest;
    *value = log1p_of(e) + SELECT(negative, y * size, (1.0 - y) * size);
}

/* exp(eta) - y eta */
INLINE void poisson(wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    wide mu = exp_of(eta);
    *slope = mu - y;
    *curvature = mu;
    *value = mu - y * eta;
}

/* eta + y exp(-eta) */
INLINE void gamma_loss(wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    wide ratio = y * exp_of(-eta);
    *slope = 1.0 - ratio;
    *curvature = ratio;
    *value = eta + ratio;
}

/* exp((2 - q) eta) / (2 - q) - y exp((1 - q) eta) / (1 - q), the power q neither 1 nor 2; outside 1 < q < 2, where the
   observed curvature may be negative, the expected one stands for it */
INLINE void tweedie(double q, wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    wide a = exp_of((2.0 - q) * eta), b = y * exp_of((1.0 - q) * eta);
    *slope = a - b;
    *curvature = q > 1.0 && q < 2.0 ? (2.0 - q) * a - (1.0 - q) * b : a;
    *value = a / (2.0 - q) - b / (1.0 - q);
}

INLINE void loss_of(int loss, double power, wide y, wide eta, wide *value, wide *slope, wide *curvature)
{
    if (loss == LOSS_SQUARED) squared(y, eta, value, slope, curvature);
    else if (loss == LOSS_BINOMIAL) binomial(y, eta, value, slope, curvature);
    else if (loss == LOSS_POISSON) poisson(y, eta, value, slope, curvature);
    else if (loss == LOSS_GAMMA) gamma_loss(y, eta, value, slope, curvature);
    else tweedie(power, y, eta, value, slope, curvature);
}

/* value = sum w loss(y, eta); residual = w loss'; curvature = w loss''. Rows of weight zero count for nothing. */
INLINE double pointwise(int loss, double power, ptrdiff_t n, const double *y, const double *w, const double *eta,
                        double *residual, double *curvature)
{
    wide total = ALL(0.0), value, slope, second, zero = ALL(0.0);
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        double tail[3][LANES] = {{0.0}};
        const double *at_y = y + i, *at_w = w + i, *at_eta = eta + i;
        ptrdiff_t rest = n - i < LANES ? n - i : LANES;
        if (rest < LANES) {
            memcpy(tail[0], at_y, rest * sizeof(double));
            memcpy(tail[1], at_w, rest * sizeof(double));
            memcpy(tail[2], at_eta, rest * sizeof(double));
            at_y = tail[0], at_w = tail[1], at_eta = tail[2];
        }
        wide weight = load_double(at_w);
        loss_of(loss, power, load_double(at_y), load_double(at_eta), &value, &slope, &second);
        total += SELECT(weight > 0.0, weight * value, zero);
        slope = SELECT(weight > 0.0, weight * slope, zero);
        second = SELECT(weight > 0.0, weight * second, zero);
        memcpy(residual + i, &slope, rest * sizeof(double));
        memcpy(curvature + i, &second, rest * sizeof(double));
    }
    return sum_of(total);
}
/* ---- rows of X: four at a time, so that coefficients and sums are fetched once for four rows ---------------------- */

/* eta[i] += x_i . coef for `n` rows that stand `stride` numbers apart; T is the type of X */
#define DEFINE_PREDICT(NAME, T, LOAD)                                                                                  \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *coef, double *eta)          \
    {                                                                                                                  \
        ptrdiff_t i = 0, j;                                                                                            \
        for (; i + 4 <= n; i += 4) {                                                                                   \
            const T *a = X + i * stride, *b = a + stride, *c = b + stride, *d = c + stride;                            \
            wide s = ALL(0.0), t = ALL(0.0), u = ALL(0.0), v = ALL(0.0);                                               \
            for (j = 0; j + LANES <= p; j += LANES) {                                                                  \
                wide by = load_double(coef + j);                                                                       \
                s += LOAD(a + j) * by, t += LOAD(b + j) * by, u += LOAD(c + j) * by, v += LOAD(d + j) * by;            \
            }                                                                                                          \
            double q = sum_of(s), r = sum_of(t), y = sum_of(u), z = sum_of(v);                                         \
            for (; j < p; j++) q += a[j] * coef[j], r += b[j] * coef[j], y += c[j] * coef[j], z += d[j] * coef[j];     \
            eta[i] += q, eta[i + 1] += r, eta[i + 2] += y, eta[i + 3] += z;                                            \
        }                                                                                                              \
        for (; i < n; i++) {                                                                                           \
            const T *a = X + i * stride;                                                                               \
            wide s = ALL(0.0);                                                                                         \
            for (j = 0; j + LANES <= p; j += LANES) s += LOAD(a + j) * load_double(coef + j);                          \
            double q = sum_of(s);                                                                                      \
            for (; j < p; j++) q += a[j] * coef[j];                                                                    \
            eta[i] += q;                                                                                               \
        }                                                                                                              \
    }

/* sums[j] += sum_i residual[i] x_ij */
#define DEFINE_PULL(NAME, T, LOAD)                                                                                     \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *residual, double *sums)     \
    {                                                                                                                  \
        ptrdiff_t i = 0, j;                                                                                            \
        for (; i + 4 <= n; i += 4) {                                                                                   \
            const T *a = X + i * stride, *b = a + stride, *c = b + stride, *d = c + stride;                            \
            double q = residual[i], r = residual[i + 1], s = residual[i + 2], t = residual[i + 3];                     \
            for (j = 0; j + LANES <= p; j += LANES)                                                                    \
                store_double(sums + j, load_double(sums + j) + ((q * LOAD(a + j) + r * LOAD(b + j)) +                  \
                                                                (s * LOAD(c + j) + t * LOAD(d + j))));                 \
            for (; j < p; j++) sums[j] += (q * a[j] + r * b[j]) + (s * c[j] + t * d[j]);                               \
        }                                                                                                              \
        for (; i < n; i++) {                                                                                           \
            const T *a = X + i * stride;                                                                               \
            for (j = 0; j < p; j++) sums[j] += residual[i] * a[j];                                                     \
        }                                                                                                              \
    }

/* out[i, j] = root[i] (x_ij - mean[j]), with root[i] itself as one more column where `ones`; F the type of `out`.
   Where root is zero, so is the row, whatever stands in it. */
#define DEFINE_SCALE(NAME, T, LOAD, F, STORE)                                                                          \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *root, const double *mean,   \
                     int ones, F *out)                                                                                 \
    {                                                                                                                  \
        for (ptrdiff_t i = 0; i < n; i++) {                                                                            \
            const T *x = X + i * stride;                                                                               \
            F *line = out + i * (p + ones);                                                                            \
            ptrdiff_t j = 0;                                                                                           \
            if (root[i] == 0.0) {                                                                                      \
                memset(line, 0, (p + ones) * sizeof(F));                                                               \
                continue;                                                                                              \
            }                                                                                                          \
            for (; j + LANES <= p; j += LANES) STORE(line + j, root[i] * (LOAD(x + j) - load_double(mean + j)));       \
            for (; j < p; j++) line[j] = (F)(root[i] * (x[j] - mean[j]));                                              \
            if (ones) line[p] = (F)root[i];                                                                            \
        }                                                                                                              \
    }

/* The same for Fortran order: columns of `n` numbers stand `stride` numbers apart; four columns at a time. */

/* eta[i] += sum_j x_ij coef[j] */
#define DEFINE_PREDICT_COLUMNS(NAME, T, LOAD)                                                                          \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *coef, double *eta)          \
    {                                                                                                                  \
        ptrdiff_t i, j = 0;                                                                                            \
        for (; j + 4 <= p; j += 4) {                                                                                   \
            const T *a = X + j * stride, *b = a + stride, *c = b + stride, *d = c + stride;                            \
            double q = coef[j], r = coef[j + 1], s = coef[j + 2], t = coef[j + 3];                                     \
            for (i = 0; i + LANES <= n; i += LANES)                                                                    \
                store_double(eta + i, load_double(eta + i) + ((q * LOAD(a + i) + r * LOAD(b + i)) +                    \
                                                              (s * LOAD(c + i) + t * LOAD(d + i))));                   \
            for (; i < n; i++) eta[i] += (q * a[i] + r * b[i]) + (s * c[i] + t * d[i]);                                \
        }                                                                                                              \
        for (; j < p; j++) {                                                                                           \
            const T *a = X + j * stride;                                                                               \
            for (i = 0; i < n; i++) eta[i] += coef[j] * a[i];                                                          \
        }                                                                                                              \
    }

/* sums[j] += sum_i residual[i] x_ij */
#define DEFINE_PULL_COLUMNS(NAME, T, PREDICT)                                                                          \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *residual, double *sums)     \
    {                                                                                                                  \
        PREDICT(X, stride, p, n, residual, sums);                                                                      \
    }

/* out[i, j] = root[i] (x_ij - mean[j]) by columns, with root itself as the last where `ones`; F the type of `out` */
#define DEFINE_SCALE_COLUMNS(NAME, T, LOAD, F, STORE)                                                                  \
    INLINE void NAME(const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *root, const double *mean,   \
                     int ones, F *out)                                                                                 \
    {                                                                                                                  \
        for (ptrdiff_t j = 0; j < p; j++) {                                                                            \
            const T *x = X + j * stride;                                                                               \
            F *line = out + j * n;                                                                                     \
            ptrdiff_t i = 0;                                                                                           \
            for (; i + LANES <= n; i += LANES) {                                                                       \
                wide by = load_double(root + i), value = by * (LOAD(x + i) - mean[j]);                                 \
                STORE(line + i, SELECT(by == 0.0, by, value));                                                         \
            }                                                                                                          \
            for (; i < n; i++) line[i] = root[i] == 0.0 ? (F)0 : (F)(root[i] * (x[i] - mean[j]));                      \
        }                                                                                                              \
        if (ones)                                                                                                      \
            for (ptrdiff_t i = 0; i < n; i++) out[p * n + i] = (F)root[i];                                             \
    }

DEFINE_PREDICT(predict_double, double, load_double)
DEFINE_PREDICT(predict_float, float, load_float)
DEFINE_PULL(pull_double, double, load_double)
DEFINE_PULL(pull_float, float, load_float)
DEFINE_SCALE(scale_double_double, double, load_double, double, store_double)
DEFINE_SCALE(scale_double_float, double, load_double, float, store_float)
DEFINE_SCALE(scale_float_double, float, load_float, double, store_double)
DEFINE_SCALE(scale_float_float, float, load_float, float, store_float)
DEFINE_PREDICT_COLUMNS(predict_columns_double, double, load_double)
DEFINE_PREDICT_COLUMNS(predict_columns_float, float, load_float)
DEFINE_PULL_COLUMNS(pull_columns_double, double, predict_double)
DEFINE_PULL_COLUMNS(pull_columns_float, float, predict_float)
DEFINE_SCALE_COLUMNS(scale_columns_double_double, double, load_double, double, store_double)
DEFINE_SCALE_COLUMNS(scale_columns_double_float, double, load_double, float, store_float)
DEFINE_SCALE_COLUMNS(scale_columns_float_double, float, load_float, double, store_double)
DEFINE_SCALE_COLUMNS(scale_columns_float_float, float, load_float, float, store_float)

/* ---- products of columns: A'A from strips of eight columns, where registers hold a tile of 8 x 24 sums ------------- */

enum { STRIP = 8 };

/* out[s][i][c] = root[i] (x_i,8s+c - mean), a strip s of n rows after the other; behind the last column root itself
   where `ones`, then zeros. Numbers of a row stand `across` apart, those of a column `down`. */
#define DEFINE_STRIPS(NAME, T, LOAD)                                                                                   \
    INLINE void NAME(const T *X, ptrdiff_t down, ptrdiff_t across, ptrdiff_t n, ptrdiff_t p, const double *root,       \
                     const double *mean, int ones, double *out)                                                        \
    {                                                                                                                  \
        ptrdiff_t first = LANES == STRIP && across == 1 ? p - p % STRIP : 0;                                           \
        for (ptrdiff_t i = 0; first && i < n; i++) {                                                                   \
            wide by = ALL(root[i]), none = ALL(0.0);                                                                   \
            for (ptrdiff_t j = 0; j < first; j += STRIP) {                                                             \
                wide value = by * (LOAD(X + i * down + j) - load_double(mean + j));                                    \
                store_double(out + j * n + STRIP * i, SELECT(by == none, none, value));                                \
            }                                                                                                          \
        }                                                                                                              \
        for (; first < p + ones; first += STRIP)                                                                       \
            for (ptrdiff_t i = 0; i < n; i++)                                                                          \
                for (ptrdiff_t j = first; j < first + STRIP; j++) {                                                    \
                    double by = j < p + ones ? root[i] : 0.0;                                                          \
                    out[first * n + STRIP * i + j - first] =                                                           \
                        by == 0.0 || j >= p ? by : by * (X[i * down + j * across] - mean[j]);                          \
                }                                                                                                      \
    }

DEFINE_STRIPS(strips_double, double, load_double)
DEFINE_STRIPS(strips_float, float, load_float)

#if defined(__GNUC__) && defined(__x86_64__)
/* sums[r, 8 v + c] += sum_i a[i][r] b_v[i][c] for COUNT strips b_v that follow each other, `high` x `broad` of them;
   meanwhile memory at `next` is fetched, `pace` bytes a row */
#define DEFINE_TILE(NAME, COUNT)                                                                                       \
    INLINE void NAME(ptrdiff_t n, const double *a, const double *b, double *sums, ptrdiff_t m, ptrdiff_t high,         \
                     ptrdiff_t broad, const char *next, ptrdiff_t pace)                                                \
    {                                                                                                                  \
        wide tile[STRIP][COUNT], row[COUNT];                                                                           \
        _Pragma("GCC unroll 8") for (int r = 0; r < STRIP; r++)                                                        \
            _Pragma("GCC unroll 3") for (int v = 0; v < COUNT; v++) tile[r][v] = ALL(0.0);                             \
        for (ptrdiff_t i = 0; i < n; i++) {                                                                            \
            __builtin_prefetch(next + i * pace, 0, 2);                                                                 \
            _Pragma("GCC unroll 3") for (int v = 0; v < COUNT; v++) row[v] = load_double(b + (v * n + i) * STRIP);     \
            _Pragma("GCC unroll 8") for (int r = 0; r < STRIP; r++)                                                    \
                _Pragma("GCC unroll 3") for (int v = 0; v < COUNT; v++) tile[r][v] += a[STRIP * i + r] * row[v];       \
        }                                                                                                              \
        if (high == STRIP && broad == COUNT * STRIP)                                                                   \
            _Pragma("GCC unroll 8") for (int r = 0; r < STRIP; r++)                                                    \
                _Pragma("GCC unroll 3") for (int v = 0; v < COUNT; v++) {                                              \
                    double *at = sums + r * m + v * STRIP;                                                             \
                    store_double(at, load_double(at) + tile[r][v]);                                                    \
                }                                                                                                      \
        else                                                                                                           \
            for (ptrdiff_t r = 0; r < high; r++)                                                                       \
                for (ptrdiff_t k = 0; k < broad; k++) sums[r * m + k] += ((const double *)tile[r])[k];                 \
    }

DEFINE_TILE(tile_of_one, 1)
DEFINE_TILE(tile_of_two, 2)
DEFINE_TILE(tile_of_three, 3)

/* The upper triangle of sums (m, m) += A'A, A (n, m) in strips; `bytes` at `next` are fetched for the next block */
__attribute__((target("avx512f,avx512dq,fma"))) static void rows_add_gram(ptrdiff_t n, ptrdiff_t m, const double *A,
                                                                          double *sums, const char *next,
                                                                          ptrdiff_t bytes)
{
    ptrdiff_t strips = (m + STRIP - 1) / STRIP, tiles = 0;
    for (ptrdiff_t j = strips; j > 0; j--) tiles += (j + 2) / 3;
    ptrdiff_t pace = bytes / (n * tiles) + 1;
    for (ptrdiff_t j = 0; j < m; j += STRIP)
        for (ptrdiff_t k = j; k < m; k += 3 * STRIP, next += n * pace) {
            ptrdiff_t high = m - j < STRIP ? m - j : STRIP, broad = m - k < 3 * STRIP ? m - k : 3 * STRIP;
            double *at = sums + j * m + k;
            if (broad > 2 * STRIP) tile_of_three(n, A + j * n, A + k * n, at, m, high, broad, next, pace);
            else if (broad > STRIP) tile_of_two(n, A + j * n, A + k * n, at, m, high, broad, next, pace);
            else tile_of_one(n, A + j * n, A + k * n, at, m, high, broad, next, pace);
        }
}
/* Whether registers are wide enough for it; elsewhere BLAS is faster. */
static int rows_has_tiles(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"); }
#else
static void rows_add_gram(ptrdiff_t n, ptrdiff_t m, const double *A, double *sums, const char *next, ptrdiff_t bytes) {}
static int rows_has_tiles(void) { return 0; }
#endif

/* ---- three widths of x86, chosen when it runs --------------------------------------------------------------------- */

/* Defines `static RESULT rows_NAME PARAMETERS { return NAME ARGUMENTS; }`, once for each width. */
#if defined(__GNUC__) && defined(__x86_64__)
#define DISPATCH(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                                  \
    __attribute__((target("avx512f,avx512dq,fma"))) static RESULT NAME##_512 PARAMETERS { return NAME ARGUMENTS; }     \
    __attribute__((target("avx2,fma"))) static RESULT NAME##_256 PARAMETERS { return NAME ARGUMENTS; }                 \
    static RESULT rows_##NAME PARAMETERS                                                                               \
    {                                                                                                                  \
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return NAME##_512 ARGUMENTS;      \
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return NAME##_256 ARGUMENTS;              \
        return NAME ARGUMENTS;                                                                                         \
    }
#else
#define DISPATCH(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                                  \
    static RESULT rows_##NAME PARAMETERS { return NAME ARGUMENTS; }
#endif

DISPATCH(double, pointwise,
         (int loss, double power, ptrdiff_t n, const double *y, const double *w, const double *eta, double *residual,
          double *curvature),
         (loss, power, n, y, w, eta, residual, curvature))
#define DISPATCH_PRODUCT(NAME, T)                                                                                       \
    DISPATCH(void, NAME, (const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *by, double *sums),     \
             (X, stride, n, p, by, sums))
#define DISPATCH_SCALE(NAME, T, F)                                                                                     \
    DISPATCH(void, NAME,                                                                                               \
             (const T *X, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t p, const double *root, const double *mean,          \
              int ones, F *out),                                                                                       \
             (X, stride, n, p, root, mean, ones, out))

DISPATCH_PRODUCT(predict_double, double)
DISPATCH_PRODUCT(predict_float, float)
DISPATCH_PRODUCT(pull_double, double)
DISPATCH_PRODUCT(pull_float, float)
DISPATCH_PRODUCT(predict_columns_double, double)
DISPATCH_PRODUCT(predict_columns_float, float)
DISPATCH_PRODUCT(pull_columns_double, double)
DISPATCH_PRODUCT(pull_columns_float, float)
DISPATCH_SCALE(scale_double_double, double, double)
DISPATCH_SCALE(scale_double_float, double, float)
DISPATCH_SCALE(scale_float_double, float, double)
DISPATCH_SCALE(scale_float_float, float, float)
DISPATCH_SCALE(scale_columns_double_double, double, double)
DISPATCH_SCALE(scale_columns_double_float, double, float)
DISPATCH_SCALE(scale_columns_float_double, float, double)
DISPATCH_SCALE(scale_columns_float_float, float, float)
#define DISPATCH_STRIPS(NAME, T)                                                                                       \
    DISPATCH(void, NAME,                                                                                               \
             (const T *X, ptrdiff_t down, ptrdiff_t across, ptrdiff_t n, ptrdiff_t p, const double *root,              \
              const double *mean, int ones, double *out),                                                              \
             (X, down, across, n, p, root, mean, ones, out))
DISPATCH_STRIPS(strips_double, double)
DISPATCH_STRIPS(strips_float, float)

#endif
