package strictjson_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"workbook/exercises/internal/wire/internal/strictjson"
)

type tag struct {
	Name string `json:"name"`
}

type book struct {
	tag
	ID       string          `json:"id"`
	Price    int             `json:"price,omitempty"`
	Tags     []tag           `json:"tags"`
	Editor   *tag            `json:"editor"`
	By       map[string]tag  `json:"by"`
	Made     time.Time       `json:"made"`
	Raw      json.RawMessage `json:"raw"`
	Anything any             `json:"anything"`
	Hidden   string          `json:"-"`
	Untagged bool
}

func TestDecodes(t *testing.T) {
	for _, text := range []string{
		`{}`, ` {"id":"7"} ` + "\n",
		`{"name":"x","id":"7","price":3,"tags":[{"name":"a"},{"name":"b"}],"editor":null,"by":{"A":{"name":"x"},"a":{"name":"y"}}}`,
		`{"made":"2026-02-03T04:05:06Z","raw":null,"anything":null,"Untagged":true}`,
		`{"raw":{"NAME":1,"name":2},"anything":{"Name":1,"name":[{"x":1},{"x":2}]},"unknown":{"ID":null}}`,
		`{"id":null,"price":null,"Hidden":"x"}`,
	} {
		var b book
		require.NoError(t, strictjson.Decode(text, &b), text)
	}
	var b book
	require.NoError(t, strictjson.Decode(`{"name":"x","tags":[{"name":"é"}]}`, &b))
	assert.Equal(t, book{tag: tag{"x"}, Tags: []tag{{"é"}}}, b)
	var v any
	require.NoError(t, strictjson.Decode(`null`, &v))
	var p *book
	require.NoError(t, strictjson.Decode(`null`, &p))
	assert.Nil(t, p)
}

func TestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                                 "it is empty",
		" \n":                              "unexpected end of JSON input",
		`{"id":"7"} x`:                     "invalid character 'x' after top-level value",
		`{"id":"7"}{"id":"8"}`:             "invalid character '{' after top-level value",
		`{"id":"7",}`:                      "invalid character '}' looking for beginning of object key string",
		`{"id":"7"`:                        "unexpected end of JSON input",
		"\ufeff{}":                         "invalid character 'ï' looking for beginning of value",
		"{\"id\":\"\xff\"}":                "its text is not UTF-8",
		`null`:                             "it is null, where the test expects an object",
		`[]`:                               "it is an array, where the test expects an object",
		`"x"`:                              "it is a string, where the test expects an object",
		`{"id":7}`:                         "its member id is a number, where the test expects a string",
		`{"id":true}`:                      "its member id is true or false, where the test expects a string",
		`{"price":1.5}`:                    "its member price is the number 1.5, where the test expects a whole number that fits int",
		`{"price":"3"}`:                    "its member price is a string, where the test expects a whole number that fits int",
		`{"Untagged":"yes"}`:               "its member Untagged is a string, where the test expects true or false",
		`{"tags":{}}`:                      "its member tags is an object, where the test expects an array",
		`{"tags":null}`:                    "its member tags is null, where the test expects an array",
		`{"tags":[null]}`:                  "its member tags is null, where the test expects an object",
		`{"by":null}`:                      "its member by is null, where the test expects an object",
		`{"editor":"x"}`:                   "its member editor is a string, where the test expects an object",
		`{"made":"yesterday"}`:             `"yesterday" is no time as RFC 3339 has it`,
		`{"ID":"7"}`:                       `its member ID is written like that, where the test expects "id"`,
		`{"untagged":true}`:                `its member untagged is written like that, where the test expects "Untagged"`,
		`{"tags":[{"Name":"a"}]}`:          `its member tags.Name is written like that, where the test expects "name"`,
		`{"by":{"x":{"NAME":"a"}}}`:        `its member by.x.NAME is written like that, where the test expects "name"`,
		`{"editor":{"NAME":"a"}}`:          `its member editor.NAME is written like that, where the test expects "name"`,
		`{"id":"7","id":"8"}`:              "its member id is there twice",
		`{"anything":{"a":{"b":1,"b":2}}}`: "its member anything.a.b is there twice",
		`{"tags":[{"name":"a"},{"name":"a","name":"b"}]}`: "its member tags.name is there twice",
	} {
		var b book
		assert.EqualError(t, strictjson.Decode(text, &b), want, text)
	}
	var n int
	assert.EqualError(t, strictjson.Decode(`null`, &n), "it is null, where the test expects a whole number that fits int")
	var f float64
	assert.EqualError(t, strictjson.Decode(`"1"`, &f), "it is a string, where the test expects a number")
	var list []string
	assert.EqualError(t, strictjson.Decode(`["a",2]`, &list), "something in it is a number, where the test expects a string")
	var m map[string]int
	assert.EqualError(t, strictjson.Decode(`{"a":{}}`, &m), "something in it is an object, where the test expects a whole number that fits int")
}
