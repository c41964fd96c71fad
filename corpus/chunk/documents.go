package chunk

import "bytes"

// documents are the types of texts that were extracted from something with a form of its own. Their
// headings are written as Markdown writes them, whatever they were in the original.
var documents = map[string]bool{
	"docx": true, "pptx": true, "xlsx": true, "odt": true, "ods": true, "odp": true, "epub": true, "rtf": true, "ipynb": true,
}

// form is the type by whose rules a text is cut: of one that was extracted not the type that it
// came from.
func form(lang string, text []byte) string {
	head := text[:min(len(text), headBytes)]
	switch {
	case lang == "pdf":
		return "text"
	case lang == "ipynb" && bytes.HasPrefix(head, []byte("{")): // one that could not be read as what it is
		return "json"
	case documents[lang], lang == "html" && !bytes.Contains(head, []byte("</")): // a page without its elements
		return "markdown"
	}
	return lang
}
