// Package lowbits measures what few bits cost: it codes real vectors in every format of package
// quant and in the published ones, and counts how many of each question's true neighbours, and of
// its relevant documents, are still found.
//
// [ReadNPY] reads the vectors (recipes/vectors makes them), [Measure] goes through [Grid] or any
// other list of candidates, [Compare] sets ours against RaBitQ and TurboQuant at equal bytes over
// several seeds, [Labelled] adds nDCG alone and fused with BM25. docs/low-precision.md is written
// from what they print.
package lowbits
