// qjs:bjson
const { readValue, writeValue } = native
const READ_OBJ_BYTECODE = 1, READ_OBJ_REFERENCE = 8, READ_OBJ_SAB = 4
const WRITE_OBJ_BYTECODE = 1, WRITE_OBJ_REFERENCE = 8, WRITE_OBJ_SAB = 4, WRITE_OBJ_STRIP_SOURCE = 16, WRITE_OBJ_STRIP_DEBUG = 32

function checkFlags(name, flags) {
    if (flags & READ_OBJ_BYTECODE) refuse(name + " of bytecode", "the engine does not verify it")()
    if (flags & READ_OBJ_SAB) refuse(name + " of a SharedArrayBuffer", "it would be a bare address")()
}

const bjson = {
    read(buffer, position, length, flags = 0) {
        checkFlags("bjson.read", flags)
        return readValue(bytesIn(buffer, position, length), (flags & READ_OBJ_REFERENCE) !== 0)
    },
    write(value, flags = 0) {
        checkFlags("bjson.write", flags)
        return writeValue(value, (flags & WRITE_OBJ_REFERENCE) !== 0)
    },
    READ_OBJ_BYTECODE, READ_OBJ_REFERENCE, READ_OBJ_SAB,
    WRITE_OBJ_BYTECODE, WRITE_OBJ_REFERENCE, WRITE_OBJ_SAB, WRITE_OBJ_STRIP_SOURCE, WRITE_OBJ_STRIP_DEBUG,
}
