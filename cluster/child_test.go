package cluster

const childDir = "EAU2_TEST_DIR"

func runChild(dir string) {}
