package function

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

func hexInt(dst []byte, n int64) ([]byte, error) {
	start := len(dst)
	dst = strconv.AppendUint(dst, uint64(n), 16)
	upperASCII(dst[start:])
	return dst, nil
}

func hexText(dst []byte, s string) ([]byte, error) {
	start := len(dst)
	dst = hex.AppendEncode(dst, []byte(s))
	upperASCII(dst[start:])
	return dst, nil
}

func unhex(dst []byte, s string) ([]byte, error) {
	if len(s)%2 == 1 {
		s = "0" + s
	}
	dst, err := hex.AppendDecode(dst, []byte(s))
	if err != nil {
		return nil, errNull
	}
	return dst, nil
}

func toBase64(dst []byte, s string) ([]byte, error) {
	return base64.StdEncoding.AppendEncode(dst, []byte(s)), nil
}

func fromBase64(dst []byte, s string) ([]byte, error) {
	dst, err := base64.StdEncoding.AppendDecode(dst, []byte(strings.Trim(s, " \r\n\t")))
	if err != nil {
		return nil, errNull
	}
	return dst, nil
}

func md5Hex(dst []byte, s string) ([]byte, error) {
	sum := md5.Sum([]byte(s))
	return hex.AppendEncode(dst, sum[:]), nil
}

func sha1Hex(dst []byte, s string) ([]byte, error) {
	sum := sha1.Sum([]byte(s))
	return hex.AppendEncode(dst, sum[:]), nil
}

func sha2Hex(dst []byte, s string, bits int64) ([]byte, error) {
	switch bits {
	case 0, 256:
		sum := sha256.Sum256([]byte(s))
		return hex.AppendEncode(dst, sum[:]), nil
	case 224:
		sum := sha256.Sum224([]byte(s))
		return hex.AppendEncode(dst, sum[:]), nil
	case 384:
		sum := sha512.Sum384([]byte(s))
		return hex.AppendEncode(dst, sum[:]), nil
	case 512:
		sum := sha512.Sum512([]byte(s))
		return hex.AppendEncode(dst, sum[:]), nil
	}
	return nil, errNull
}
