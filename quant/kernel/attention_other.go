//go:build !amd64

package kernel

func attendHead(_ Path, out, q, k, v []float32, s *AttentionShape, room *AttentionRoom) {
	attendHeadRef(out, q, k, v, s, room)
}
