package warc

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// digestOf writes a digest as WARC files have it.
func digestOf(b []byte) string {
	sum := sha1.Sum(b)
	return "sha1:" + base32.StdEncoding.EncodeToString(sum[:])
}

// hashes are the functions that digests name.
var hashes = map[string]func([]byte) []byte{
	"md5":    func(b []byte) []byte { s := md5.Sum(b); return s[:] },
	"sha1":   func(b []byte) []byte { s := sha1.Sum(b); return s[:] },
	"sha256": func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
	"sha512": func(b []byte) []byte { s := sha512.Sum512(b); return s[:] },
}

// digestHolds tells whether a digest is that of one of the bodies. One of a function that is not
// known here says nothing, and what is no digest does not hold.
func digestHolds(digest string, bodies ...[]byte) bool {
	name, value, ok := strings.Cut(strings.TrimSpace(digest), ":")
	if !ok {
		return false
	}
	hash := hashes[strings.ReplaceAll(strings.ToLower(name), "-", "")]
	if hash == nil {
		return true
	}
	for _, body := range bodies {
		if sameDigest(value, hash(body)) {
			return true
		}
	}
	return false
}

// sameDigest tells whether text is the digest, in one of the three ways in which it is written.
func sameDigest(text string, sum []byte) bool {
	if b, err := hex.DecodeString(text); err == nil && bytes.Equal(b, sum) {
		return true
	}
	if b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(text), "=")); err == nil && bytes.Equal(b, sum) {
		return true
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawStdEncoding.DecodeString(text)
	return err == nil && bytes.Equal(b, sum)
}
