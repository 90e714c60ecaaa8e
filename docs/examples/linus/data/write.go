package data
const blockRows = 1 << 16
