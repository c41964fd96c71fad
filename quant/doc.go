// Package quant turns float32 vectors into codes of 8, 4, 2 or 1 bits a value with block scales,
// and back, with error bounds.
//
// A [Spec] says how: the [Format] of a value, a scale (float16 or a power of two) every 32, 64, 128
// or 256 values or one a vector, whether a seeded rotation comes first, and how scales are fitted.
// [New] compiles it to a [Codec], whose Encode writes one vector as Bytes() bytes; a [Query] holds
// a question's side and scores codes, exactly ([Query.Dot]) or in integers against the question
// rounded to 8 bits ([Query.Dot8]). A [Table] is many codes behind a header that describes them,
// the form that a segment stores. [Principal] is the one format that looks at data: it spends a
// budget of bits on the principal directions of a sample, and still reads as one-bit codes.
//
// docs/low-precision.md says which to take where, with measured curves.
//
// # Errors of a decoded vector and of a score
//
// Let x be a vector, y what Decode makes of its code, and q a question.
//
//   - With [AbsMax], |x[i]-y[i]| <= Format.Step() × (scale of i's block) before the inverse
//     rotation, and the scale is at most 1.002 times (E8M0: twice) the largest magnitude of its
//     block, so nothing is clipped.
//   - With Spec.Bound, the code holds r >= |x-y|, and |<q,x> - Dot(code)| <= |q| r always
//     ([Query.Bound]).
//   - With Spec.Rotated and Spec.Unbiased, y-x is orthogonal to x and points anywhere else: over
//     seeds the error's mean is zero, and with Spec.Bound it is below ε |q| r / sqrt(Dim-1) but for
//     a chance of 2 exp(-ε²/2) ([Query.Likely]). For [Bit1] with one scale a vector this is RaBitQ
//     (Gao and Long, SIGMOD 2024, theorem 3.2).
//   - Dot8 adds at most |q-q8| |y|, where q8 is the question rounded to 8 bits.
//
// # Same bytes everywhere
//
// Encoding is the same on every machine: sums run in float64 over exact products, and every other
// product is rounded before it is added, so that no compiler may fuse it.
package quant
