// Package kernel holds the inner loops below every stage: scans of one-bit codes, posting blocks,
// late interaction, 4-bit dot products, small matrix products, and what stands between the products
// of an encoder's layer.
//
// kernel_ref*.go, with attendHeadRef, is the specification, in plain Go. Every other path (AVX2,
// AVX-512, AMX, NEON) must give the same bits, and one test holds each of them to it. The best path
// of the processor is taken at the first use of a kernel, after it has answered a known question
// rightly; SLUICE_KERNEL=ref|avx2|avx512|amx|neon asks for one. Report says what runs and what was
// switched off.
//
// # Layouts
//
// Everything is little-endian, and nothing needs alignment.
//
// One-bit block: 64 codes of D bits, D a multiple of 32. First D/8 lines of 64 bytes: line c holds
// bits 8c..8c+7 of every code, bit 8c lowest, and code i stands at byte 4·(i mod 16) + i/16 of the
// line. Then 64 dwords in the order of the codes: scale (uint16, low half) and offset (int16, high
// half). BitBlockBytes(D) = 8·D + 256 bytes. A byte is two nibbles, a nibble is an index into a
// 16-entry table of partial sums of the query, and a shuffle looks 64 of them up at once (Bolt;
// FAISS "fast scan"); this costs half of the popcounts over bit planes of the query, needs no
// VPOPCNT, and the strange order within a line makes scores come out in the order of the codes.
//
// Posting block: 128 documents d0 < d1 < …, then their 128 class bytes. What is stored of document
// i is d(i) − d(i−1) − 1, d(−1) being the base: the last document of the block before, or
// NoDocument in front of the first. So a run of neighbours takes no bits, and documents ascend
// whatever the bytes say. Both parts are stored in the order p = 16·r + l for document i = 8·l + r
// (r < 8, l < 16): row r is 16 deltas of w bits, packed without gaps from the low bit on, in 2·w
// bytes. So lane l of the rows walks 8 neighbours, and the prefix sum of 128 takes 7 vertical adds
// and one step across lanes. PostingBytes(w) = 16·w + 128.
//
// 4-bit vector: groups of 128 dimensions in 64 bytes: low nibbles are dimensions 0–63, high nibbles
// 64–127, each the value plus 8; after the nibbles one float16 scale for each 64 dimensions.
// Dot4Bytes(D) = D/2 + D/32 bytes, D a multiple of 128.
//
// Static late interaction: a table of 2^n rows (token ids), 32 bytes each: the similarity of the
// token to each of 32 question tokens, as an unsigned byte; a passage is a list of uint16 ids.
//
// Weights of a matrix product are packed once by PackInt8, PackInt4, PackFP4 and PackFloat32;
// that form is not stored.
package kernel
