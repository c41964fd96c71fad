// Package model is the light model: a transformer encoder that turns a text into a vector, in this
// process, in Go. It reads top to bottom like a textbook:
//
//	config.go     the shape of a model
//	tensors.go    its weights, by name, wherever they are stored
//	open.go       a folder of files becomes a model; and then config_hf.go, stored.go,
//	              safetensors.go, onnx.go with protobuf.go
//	weights.go    a model in one checksummed file, rounded if wanted; and then
//	              weights_tensors.go, weights_write.go
//	tokenizer.go  a text becomes ids; and then tokenizer_json.go, normalize.go,
//	              wordpiece.go, bpe.go
//	families.go   what each architecture calls them, and what shapes are refused
//	encoder.go    New and Encode: texts in, vectors out
//	batch.go      texts behind each other as the rows of one matrix, shared out over the cores
//	embed.go      a token becomes a row
//	layer.go      attention, feed-forward block, norms; and then attention.go, rotary.go,
//	              feedforward.go, activation.go, norm.go
//	head.go       the rows become a vector, vectors of tokens, or a score
//	matrix.go     the product in each precision; and then stack.go, rounding.go
//	round.go      a model is rounded, layer by layer, by what it makes of texts; and then
//	              calibrate.go, round_product.go, feedback.go
//	meter.go      where the time goes
//
// Models that people have are read as they are published. Weights are never trusted: every length,
// product of a shape and offset is checked before anything is allocated for it.
package model
