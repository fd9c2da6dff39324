package rowset

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// float writes a float as the shortest decimal that reads back as it.
func float(f float64, bits int) string {
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-7 || size >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(f, format, -1, bits)
}

var decimal = regexp.MustCompile(`^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$`)

// number reads a decimal, exactly. It is shown as it was written.
func number(text string) (cell, error) {
	parts := decimal.FindStringSubmatch(text)
	switch lower := strings.ToLower(strings.TrimPrefix(text, "+")); {
	case lower == "nan", lower == "infinity", lower == "-infinity":
		return newCell(isNumber, lower, text), nil
	case lower == "inf", lower == "-inf":
		return number(strings.Replace(lower, "inf", "Infinity", 1))
	case parts == nil || parts[2]+parts[3] == "":
		return cell{}, fmt.Errorf("%q is not a number", text)
	}
	exponent := 0
	if parts[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(parts[4]); err != nil {
			return cell{}, fmt.Errorf("%q is not a number: %w", text, err)
		}
	}
	return newCell(isNumber, canonical(parts[1] == "-", parts[2]+parts[3], exponent-len(parts[3])), text), nil
}

// canonical writes a number in the one way that all ways to write it lead to:
// its digits without zeros at either end, as a multiple of a power of ten.
func canonical(negative bool, digits string, exponent int) string {
	digits = strings.TrimLeft(digits, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return "0"
	}
	sign := ""
	if negative {
		sign = "-"
	}
	return fmt.Sprintf("%s%se%d", sign, short, exponent+len(digits)-len(short))
}
