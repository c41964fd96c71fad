// Package eval measures the cascade: labelled questions through the real path, recall and latency,
// the same on every machine but for the times.
//
// Measures. nDCG@10 has linear gain (the grade) and the discount 1/log2(rank+1) (Jaervelin and
// Kekaelaeinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002). recall@k is the share
// of the relevant documents among the first k. MRR@10 is the mean of 1/rank of the first relevant
// document among the first ten. Questions without a positive judgement are left out.
package eval
