package problem

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPointerForms(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "#": "", "/": "/", "/a//0": "/a//0", "#/a~1b": "/a~1b", "#/%7E0": "/~0", "/~01": "/~01", "/a b": "/a b", "#/c%25d": "/c%d", "/%25": "/%25",
	} {
		got, err := pointer(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"a", "a/b", "#a", "# /a", "/~", "/~2", "/a~", "#/%zz", "$.a", " /a"} {
		_, err := pointer(text)
		assert.Error(t, err, text)
	}
	for text, want := range map[string]string{
		"qty": "/qty", "items[0].qty": "/items/0/qty", "items.0.qty": "/items/0/qty", "[2].a": "/2/a", "[2][3]": "/2/3",
		"price/kg": "/price~1kg", "a~b": "/a~0b", "a[x]": "/a[x]", "": "", "/a/0": "/a/0", "#/a": "/a",
	} {
		got, err := fromField(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	_, err := fromField("/~")
	assert.Error(t, err)
}
