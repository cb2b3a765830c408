/* What the C library of WebAssembly does slowly with numbers: its fmod works bit by bit, its strtod with floats of 128 bits that are
 * made of integers. quickjs.c gets these in their place. */

#include "dtoa.h"

/* ---- the remainder ---- */

#define SNAP_EXACT 9007199254740992.0   /* 2**53: below it a double with an integral value is that integer */

static double snap_fmod(double x, double y)
{
    if (fabs(x) < SNAP_EXACT && fabs(y) < SNAP_EXACT) {
        int64_t dividend = (int64_t)x, divisor = (int64_t)y;
        if (divisor && (double)dividend == x && (double)divisor == y)
            return copysign((double)(dividend % divisor), x);
    }
    return fmod(x, y);
}

/* ---- numbers of JSON ---- */

#define SNAP_EXACT_DIGITS 15            /* so many decimal digits fit into a double … */
#define SNAP_EXACT_POWER 22             /* … and so large a power of ten does */

static const double snap_powers_of_ten[SNAP_EXACT_POWER + 1] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* The number of a text whose form has been checked. Where both the digits and the power of ten are exact, one operation rounds
 * correctly (Clinger, How to Read Floating Point Numbers Accurately, 1990). */
static double snap_json_number(const uint8_t *start, const uint8_t *end)
{
    const uint8_t *p = start + (*start == '-');
    uint64_t digits = 0;
    int count = 0, power = 0;
    bool is_fraction = false;
    JSATODTempMem memory;

    for (; p < end && count <= SNAP_EXACT_DIGITS; p++) {
        if (*p == '.') {
            is_fraction = true;
        } else if (*p >= '0' && *p <= '9') {
            digits = digits * 10 + (*p - '0');
            count += digits != 0;
            power += is_fraction;
        } else {
            break;                      /* an exponent */
        }
    }
    if (p < end || count > SNAP_EXACT_DIGITS || power > SNAP_EXACT_POWER)
        return js_atod((const char *)start, NULL, 10, 0, &memory);
    return copysign((double)digits / snap_powers_of_ten[power], *start == '-' ? -1.0 : 1.0);
}

#define fmod snap_fmod
