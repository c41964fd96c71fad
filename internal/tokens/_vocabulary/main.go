// Command vocabulary writes the embedded vocabulary files of package tokens:
//
//	cd internal/tokens/_vocabulary && go run . ../vocabulary
//
// It takes the ranks from github.com/tiktoken-go/tokenizer, which took them
// from OpenAI's tiktoken. The format is described beside the reader, in
// ../load.go. The output depends on nothing but the two modules' versions.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/tiktoken-go/tokenizer"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run . OUTPUT-FOLDER")
	}
	for _, name := range []tokenizer.Encoding{tokenizer.O200kBase, tokenizer.Cl100kBase} {
		if err := write(os.Args[1], name); err != nil {
			log.Fatal(err)
		}
	}
}

func write(folder string, name tokenizer.Encoding) error {
	codec, err := tokenizer.Get(name)
	if err != nil {
		return err
	}
	packed, err := pack(tokensOf(codec))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	path := filepath.Join(folder, string(name)+".zst")
	fmt.Printf("%s: %d bytes\n", path, len(packed))
	return os.WriteFile(path, packed, 0o644)
}

// tokensOf lists the bytes of every token in the order of its rank. Ranks have
// no gaps: the first one that does not decode is the end.
func tokensOf(codec tokenizer.Codec) []string {
	var tokens []string
	for {
		token, err := codec.Decode([]uint{uint(len(tokens))})
		if err != nil {
			return tokens
		}
		tokens = append(tokens, token)
	}
}

// pack writes a count, then every length as one byte, then every token's bytes.
func pack(tokens []string) ([]byte, error) {
	plain := binary.LittleEndian.AppendUint32(nil, uint32(len(tokens)))
	for rank, token := range tokens {
		if len(token) == 0 || len(token) > 255 {
			return nil, fmt.Errorf("token %d has %d bytes; one byte holds 1 to 255", rank, len(token))
		}
		plain = append(plain, byte(len(token)))
	}
	for _, token := range tokens {
		plain = append(plain, token...)
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, err
	}
	return encoder.EncodeAll(plain, nil), nil
}
