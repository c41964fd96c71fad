package source

import ("sluice/corpus"; "sluice/internal/vfs")

type Rules struct { Set map[string]string }
type Setting struct { corpus.Info; Rules Rules; State vfs.FS }
