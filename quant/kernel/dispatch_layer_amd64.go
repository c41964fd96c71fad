package kernel

// The loops of a layer: whole vectors in assembly, what is left in plain Go.

func curveVector(p Path, dst, src []float32, c *curve) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		curveVectorAVX512(&dst[0], &src[0], n, &c[0][0])
	} else if n > 0 {
		curveVectorAVX2(&dst[0], &src[0], n, &c[0][0])
	}
	curveRef(dst[n:], src[n:], c)
}

func siluVector(p Path, dst, src []float32) {
	n := vectorPart(p, len(src))
	if n > 0 && p == AVX512 {
		siluVectorAVX512(&dst[0], &src[0], n)
	} else if n > 0 {
		siluVectorAVX2(&dst[0], &src[0], n)
	}
	siluRef(dst[n:], src[n:])
}

func addVector(p Path, dst, a, b []float32) {
	n := vectorPart(p, len(a))
	if n > 0 && p == AVX512 {
		addVectorAVX512(&dst[0], &a[0], &b[0], n)
	} else if n > 0 {
		addVectorAVX2(&dst[0], &a[0], &b[0], n)
	}
	addRef(dst[n:], a[n:], b[n:])
}

func multiplyVector(p Path, dst, a, b []float32) {
	n := vectorPart(p, len(a))
	if n > 0 && p == AVX512 {
		multiplyVectorAVX512(&dst[0], &a[0], &b[0], n)
	} else if n > 0 {
		multiplyVectorAVX2(&dst[0], &a[0], &b[0], n)
	}
	multiplyRef(dst[n:], a[n:], b[n:])
}

func scaleVector(p Path, dst, x []float32, factor float32) {
	n := vectorPart(p, len(x))
	if n > 0 && p == AVX512 {
		scaleVectorAVX512(&dst[0], &x[0], n, factor)
	} else if n > 0 {
		scaleVectorAVX2(&dst[0], &x[0], n, factor)
	}
	scaleRef(dst[n:], x[n:], factor)
}

// mostVector and powersVector take multiples of 16 values.

func mostVector(p Path, x []float32) float32 {
	switch p {
	case AVX512:
		return mostVectorAVX512(&x[0], len(x))
	case AVX2:
		return mostVectorAVX2(&x[0], len(x))
	}
	return mostRef(x)
}

func powersVector(p Path, sums *[16]float32, x []float32, factor, offset float32) {
	switch p {
	case AVX512:
		powersVectorAVX512(&sums[0], &x[0], len(x), factor, offset)
	case AVX2:
		powersVectorAVX2(&sums[0], &x[0], len(x), factor, offset)
	default:
		powersRef(sums, x, factor, offset)
	}
}

func layerNorm(p Path, dst, x, residual, gain, bias []float32, epsilon float32) {
	n := len(gain)
	if p == Ref || n%16 != 0 || len(dst) == 0 {
		layerNormRef(dst, x, residual, gain, bias, epsilon)
		return
	}
	var r *float32
	if residual != nil {
		r = &residual[0]
	}
	if p == AVX512 {
		layerNormAVX512(&dst[0], &x[0], r, &gain[0], &bias[0], n, len(dst)/n, epsilon)
	} else {
		layerNormAVX2(&dst[0], &x[0], r, &gain[0], &bias[0], n, len(dst)/n, epsilon)
	}
}

func rotateRow(p Path, row, cos, sin []float32) {
	half := len(cos)
	switch {
	case p == AVX512 && half%16 == 0:
		rotateRowAVX512(&row[0], &cos[0], &sin[0], len(row)/2/half, half)
	case p != Ref && half%8 == 0:
		rotateRowAVX2(&row[0], &cos[0], &sin[0], len(row)/2/half, half)
	default:
		rotateRef(row, cos, sin)
	}
}
