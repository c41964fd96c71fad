package chunk
var braceLangs = map[string]*braceLang{}
type braceLang struct{}
func scanBraces(s *splitter, l *braceLang) {}
