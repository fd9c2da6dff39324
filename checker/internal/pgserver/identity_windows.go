package pgserver

import "syscall"

// serverIdentity is the current user: pg_ctl and initdb shed an administrator's rights themselves.
func serverIdentity() (*identity, error) { return nil, nil }

func (*identity) attr() *syscall.SysProcAttr { return nil }
