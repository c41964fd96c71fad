module sluice/internal/tokens/vocabulary

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/tiktoken-go/tokenizer v0.10.0
)

require github.com/dlclark/regexp2/v2 v2.5.1 // indirect
