package lexical

import "sort"

// A posting's byte: the class of the term frequency in the high 3 bits, the class of the passage's
// length in the low 5.
const (
	lengthBits    = 5
	lengthClasses = 1 << lengthBits
	tfClasses     = 8
)

// tfLow is the smallest frequency of each class.
var tfLow = [tfClasses]uint32{1, 2, 3, 4, 5, 7, 10, 16}

// tfValue stands for a class of frequencies when impacts are computed.
var tfValue = [tfClasses]float64{1, 2, 3, 4, 5.5, 8, 12, 20}

// lengthLow is the smallest length, in terms, of each class but the first, which starts at 0: 32
// logarithmic steps, class c being nearest to 2^(2+11c/31). Written out so that no machine rounds
// them otherwise.
var lengthLow = [lengthClasses]uint32{0, 5, 6, 8, 10, 13, 16, 20, 26, 33, 42, 53, 68, 87, 111, 142, 182,
	232, 297, 379, 485, 620, 792, 1013, 1295, 1657, 2118, 2709, 3464, 4430, 5665, 7245}

// lengthValue stands for a class of lengths when impacts are computed.
var lengthValue = [lengthClasses]float64{4, 5.11537, 6.541754, 8.365873, 10.698635, 13.68187, 17.496959,
	22.375856, 28.615198, 36.594334, 46.798393, 59.847779, 76.53589, 97.877356, 125.169733, 160.072387,
	204.707387, 261.788528, 334.786322, 428.13901, 547.522406, 700.194978, 895.439167, 1145.125753,
	1464.435597, 1872.782628, 2394.994208, 3062.820623, 3916.865493, 5009.054456, 6405.792231, 8192}

// tfClassOf maps a frequency below 16 to its class.
var tfClassOf = [16]byte{0, 0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6}

// classOf makes a posting's byte of a frequency and a class of length.
func classOf(tf uint32, lengthClass byte) byte {
	if tf >= uint32(len(tfClassOf)) {
		return (tfClasses-1)<<lengthBits | lengthClass
	}
	return tfClassOf[tf]<<lengthBits | lengthClass
}

// lengthClassOf finds the class of a passage's length in terms.
func lengthClassOf(length uint32) byte {
	return byte(sort.Search(lengthClasses, func(c int) bool { return lengthLow[c] > length }) - 1)
}
