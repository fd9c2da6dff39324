package rowset

import "slices"

// present makes the texts of one column fit to be looked at. Texts that differ
// look different afterwards. A pair is what the reader compares: both are cut at
// the same places.
func present(texts []string, pairs [][2]int, width int) []string {
	return shorten(tellApart(texts), pairs, width)
}

// shorten cuts texts to so many characters, with … where something is missing,
// and keeps of each the place where it begins to differ from the others. If they
// cannot be told apart then, they are left as they are.
func shorten(texts []string, pairs [][2]int, width int) []string {
	runes := make([][]rune, len(texts))
	for i, text := range texts {
		runes[i] = []rune(text)
	}
	from := make([]int, len(texts))
	for i, at := range nearest(runes) {
		from[i] = start(at, len(runes[i]), width)
	}
	for _, pair := range pairs {
		a, b := runes[pair[0]], runes[pair[1]]
		from[pair[0]] = start(common(a, b), max(len(a), len(b)), width)
		from[pair[1]] = from[pair[0]]
	}
	out := make([]string, len(texts))
	full := map[string]string{}
	for i, text := range texts {
		out[i] = window(runes[i], from[i], width)
		if other, ok := full[out[i]]; ok && other != text {
			return texts
		}
		full[out[i]] = text
	}
	return out
}

// start is where to begin for the character at a place to be seen.
func start(at, length, width int) int {
	if at < width-1 {
		return 0
	}
	return min(at-width/3, length-width+1)
}

// window cuts a text to a width.
func window(text []rune, start, width int) string {
	switch {
	case len(text) <= width:
		return string(text)
	case start == 0:
		return string(text[:width-1]) + "…"
	case start+width-1 >= len(text):
		return "…" + string(text[start:])
	}
	return "…" + string(text[start:start+width-2]) + "…"
}

// common is how many characters two texts begin with in common.
func common(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// nearest finds for each text the place where it begins to differ from that
// other text which is like it for longest.
func nearest(texts [][]rune) []int {
	ordered := slices.SortedFunc(slices.Values(texts), slices.Compare)
	ordered = slices.CompactFunc(ordered, slices.Equal)
	place := map[string]int{}
	for n := 1; n < len(ordered); n++ {
		a, b := ordered[n-1], ordered[n]
		from := common(a, b)
		place[string(a)], place[string(b)] = max(place[string(a)], from), from
	}
	at := make([]int, len(texts))
	for i, text := range texts {
		at[i] = place[string(text)]
	}
	return at
}
