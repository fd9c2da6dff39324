package pgserver

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func copyBuf(to, from string, buf []byte) error {
	in, err := os.Open(from)
	if err != nil { return err }
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil { return err }
	defer out.Close()
	for {
		n, err := in.Read(buf)
		if n > 0 { if _, e := out.Write(buf[:n]); e != nil { return e } }
		if err == io.EOF { return nil }
		if err != nil { return err }
	}
}

func TestZZ(t *testing.T) {
	src := "/tmp/zzsrc/data"
	for range 3 {
	who, _ := serverIdentity()
	b := time.Now()
	d := t.TempDir()
	if err := copyTree(filepath.Join(d, "x"), src, who); err != nil { t.Fatal(err) }
	t.Log("copytree", time.Since(b)); os.RemoveAll(d)
	d = t.TempDir()
	b = time.Now()
	buf := make([]byte, 1<<18)
	filepath.WalkDir(src, func(p string, e fs.DirEntry, err error) error {
		target := d + "/x" + strings.TrimPrefix(p, src)
		if e.IsDir() { os.Mkdir(target, 0o700) } else { if err := copyBuf(target, p, buf); err != nil { t.Fatal(err) } }
		return who.own(target)
	})
	t.Log("buf", time.Since(b)); os.RemoveAll(d)
	d = t.TempDir()
	b = time.Now()
	ch := make(chan string)
	var wg sync.WaitGroup
	for range 4 { wg.Go(func() { buf := make([]byte, 1<<18); for p := range ch {
		target := d + "/x" + strings.TrimPrefix(p, src)
		copyBuf(target, p, buf); who.own(target) } }) }
	filepath.WalkDir(src, func(p string, e fs.DirEntry, err error) error {
		target := d + "/x" + strings.TrimPrefix(p, src)
		if e.IsDir() { os.Mkdir(target, 0o700); return who.own(target) }
		ch <- p
		return nil
	})
	close(ch); wg.Wait()
	t.Log("par", time.Since(b)); os.RemoveAll(d)
	}
}
