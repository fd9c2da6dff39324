package proc

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOutputGivesWholeLines(t *testing.T) {
	o := newOutput()
	_, _ = o.Write([]byte("starting\r\nlistening on 127.0.0.1:80"))
	lines, more := o.lines()
	assert.Equal(t, []string{"starting"}, lines, "the second line may go on")
	_, _ = o.Write([]byte("80\n"))
	<-more
	lines, more = o.lines()
	assert.Equal(t, []string{"starting", "listening on 127.0.0.1:8080"}, lines)
	_, _ = o.Write([]byte("bye"))
	o.close()
	<-more
	lines, more = o.lines()
	assert.Equal(t, []string{"starting", "listening on 127.0.0.1:8080", "bye"}, lines, "at the end a line needs no line break")
	assert.Nil(t, more)
}
