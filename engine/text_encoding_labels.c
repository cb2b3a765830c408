/* The names and labels of encodings. Encoding standard, "Names and labels": https://encoding.spec.whatwg.org/#names-and-labels */

/* Those with a table of 128 code points come first, in the order of tools/encoding_tables.py. */
enum {
    SNAP_ENCODING_IBM866, SNAP_ENCODING_ISO_8859_2, SNAP_ENCODING_ISO_8859_3, SNAP_ENCODING_ISO_8859_4, SNAP_ENCODING_ISO_8859_5,
    SNAP_ENCODING_ISO_8859_6, SNAP_ENCODING_ISO_8859_7, SNAP_ENCODING_ISO_8859_8, SNAP_ENCODING_ISO_8859_10,
    SNAP_ENCODING_ISO_8859_13, SNAP_ENCODING_ISO_8859_14, SNAP_ENCODING_ISO_8859_15, SNAP_ENCODING_ISO_8859_16,
    SNAP_ENCODING_KOI8_R, SNAP_ENCODING_KOI8_U, SNAP_ENCODING_MACINTOSH, SNAP_ENCODING_WINDOWS_874, SNAP_ENCODING_WINDOWS_1250,
    SNAP_ENCODING_WINDOWS_1251, SNAP_ENCODING_WINDOWS_1252, SNAP_ENCODING_WINDOWS_1253, SNAP_ENCODING_WINDOWS_1254,
    SNAP_ENCODING_WINDOWS_1255, SNAP_ENCODING_WINDOWS_1256, SNAP_ENCODING_WINDOWS_1257, SNAP_ENCODING_WINDOWS_1258,
    SNAP_ENCODING_X_MAC_CYRILLIC, SNAP_ENCODING_ISO_8859_8_I, SNAP_ENCODING_UTF_8, SNAP_ENCODING_UTF_16LE, SNAP_ENCODING_UTF_16BE,
    SNAP_ENCODING_X_USER_DEFINED, SNAP_ENCODING_GBK, SNAP_ENCODING_GB18030, SNAP_ENCODING_BIG5, SNAP_ENCODING_EUC_JP,
    SNAP_ENCODING_ISO_2022_JP, SNAP_ENCODING_SHIFT_JIS, SNAP_ENCODING_EUC_KR, SNAP_ENCODING_REPLACEMENT,
};

static const char *const snap_encoding_names[] = {
    [SNAP_ENCODING_IBM866] = "ibm866", [SNAP_ENCODING_ISO_8859_2] = "iso-8859-2", [SNAP_ENCODING_ISO_8859_3] = "iso-8859-3",
    [SNAP_ENCODING_ISO_8859_4] = "iso-8859-4", [SNAP_ENCODING_ISO_8859_5] = "iso-8859-5", [SNAP_ENCODING_ISO_8859_6] = "iso-8859-6",
    [SNAP_ENCODING_ISO_8859_7] = "iso-8859-7", [SNAP_ENCODING_ISO_8859_8] = "iso-8859-8",
    [SNAP_ENCODING_ISO_8859_10] = "iso-8859-10", [SNAP_ENCODING_ISO_8859_13] = "iso-8859-13",
    [SNAP_ENCODING_ISO_8859_14] = "iso-8859-14", [SNAP_ENCODING_ISO_8859_15] = "iso-8859-15",
    [SNAP_ENCODING_ISO_8859_16] = "iso-8859-16", [SNAP_ENCODING_KOI8_R] = "koi8-r", [SNAP_ENCODING_KOI8_U] = "koi8-u",
    [SNAP_ENCODING_MACINTOSH] = "macintosh", [SNAP_ENCODING_WINDOWS_874] = "windows-874",
    [SNAP_ENCODING_WINDOWS_1250] = "windows-1250", [SNAP_ENCODING_WINDOWS_1251] = "windows-1251",
    [SNAP_ENCODING_WINDOWS_1252] = "windows-1252", [SNAP_ENCODING_WINDOWS_1253] = "windows-1253",
    [SNAP_ENCODING_WINDOWS_1254] = "windows-1254", [SNAP_ENCODING_WINDOWS_1255] = "windows-1255",
    [SNAP_ENCODING_WINDOWS_1256] = "windows-1256", [SNAP_ENCODING_WINDOWS_1257] = "windows-1257",
    [SNAP_ENCODING_WINDOWS_1258] = "windows-1258", [SNAP_ENCODING_X_MAC_CYRILLIC] = "x-mac-cyrillic",
    [SNAP_ENCODING_ISO_8859_8_I] = "iso-8859-8-i", [SNAP_ENCODING_UTF_8] = "utf-8", [SNAP_ENCODING_UTF_16LE] = "utf-16le",
    [SNAP_ENCODING_UTF_16BE] = "utf-16be", [SNAP_ENCODING_X_USER_DEFINED] = "x-user-defined", [SNAP_ENCODING_GBK] = "gbk",
    [SNAP_ENCODING_GB18030] = "gb18030", [SNAP_ENCODING_BIG5] = "big5", [SNAP_ENCODING_EUC_JP] = "euc-jp",
    [SNAP_ENCODING_ISO_2022_JP] = "iso-2022-jp", [SNAP_ENCODING_SHIFT_JIS] = "shift_jis", [SNAP_ENCODING_EUC_KR] = "euc-kr",
    [SNAP_ENCODING_REPLACEMENT] = "replacement",
};

/* In the order of strcmp(). */
static const struct { const char *label; uint8_t encoding; } snap_encoding_labels[] = {
    { "866", SNAP_ENCODING_IBM866 }, { "ansi_x3.4-1968", SNAP_ENCODING_WINDOWS_1252 }, { "arabic", SNAP_ENCODING_ISO_8859_6 },
    { "ascii", SNAP_ENCODING_WINDOWS_1252 }, { "asmo-708", SNAP_ENCODING_ISO_8859_6 }, { "big5", SNAP_ENCODING_BIG5 },
    { "big5-hkscs", SNAP_ENCODING_BIG5 }, { "chinese", SNAP_ENCODING_GBK }, { "cn-big5", SNAP_ENCODING_BIG5 },
    { "cp1250", SNAP_ENCODING_WINDOWS_1250 }, { "cp1251", SNAP_ENCODING_WINDOWS_1251 }, { "cp1252", SNAP_ENCODING_WINDOWS_1252 },
    { "cp1253", SNAP_ENCODING_WINDOWS_1253 }, { "cp1254", SNAP_ENCODING_WINDOWS_1254 }, { "cp1255", SNAP_ENCODING_WINDOWS_1255 },
    { "cp1256", SNAP_ENCODING_WINDOWS_1256 }, { "cp1257", SNAP_ENCODING_WINDOWS_1257 }, { "cp1258", SNAP_ENCODING_WINDOWS_1258 },
    { "cp819", SNAP_ENCODING_WINDOWS_1252 }, { "cp866", SNAP_ENCODING_IBM866 }, { "csbig5", SNAP_ENCODING_BIG5 },
    { "cseuckr", SNAP_ENCODING_EUC_KR }, { "cseucpkdfmtjapanese", SNAP_ENCODING_EUC_JP }, { "csgb2312", SNAP_ENCODING_GBK },
    { "csibm866", SNAP_ENCODING_IBM866 }, { "csiso2022jp", SNAP_ENCODING_ISO_2022_JP },
    { "csiso2022kr", SNAP_ENCODING_REPLACEMENT }, { "csiso58gb231280", SNAP_ENCODING_GBK },
    { "csiso88596e", SNAP_ENCODING_ISO_8859_6 }, { "csiso88596i", SNAP_ENCODING_ISO_8859_6 },
    { "csiso88598e", SNAP_ENCODING_ISO_8859_8 }, { "csiso88598i", SNAP_ENCODING_ISO_8859_8_I },
    { "csisolatin1", SNAP_ENCODING_WINDOWS_1252 }, { "csisolatin2", SNAP_ENCODING_ISO_8859_2 },
    { "csisolatin3", SNAP_ENCODING_ISO_8859_3 }, { "csisolatin4", SNAP_ENCODING_ISO_8859_4 },
    { "csisolatin5", SNAP_ENCODING_WINDOWS_1254 }, { "csisolatin6", SNAP_ENCODING_ISO_8859_10 },
    { "csisolatin9", SNAP_ENCODING_ISO_8859_15 }, { "csisolatinarabic", SNAP_ENCODING_ISO_8859_6 },
    { "csisolatincyrillic", SNAP_ENCODING_ISO_8859_5 }, { "csisolatingreek", SNAP_ENCODING_ISO_8859_7 },
    { "csisolatinhebrew", SNAP_ENCODING_ISO_8859_8 }, { "cskoi8r", SNAP_ENCODING_KOI8_R },
    { "csksc56011987", SNAP_ENCODING_EUC_KR }, { "csmacintosh", SNAP_ENCODING_MACINTOSH },
    { "csshiftjis", SNAP_ENCODING_SHIFT_JIS }, { "csunicode", SNAP_ENCODING_UTF_16LE }, { "cyrillic", SNAP_ENCODING_ISO_8859_5 },
    { "dos-874", SNAP_ENCODING_WINDOWS_874 }, { "ecma-114", SNAP_ENCODING_ISO_8859_6 }, { "ecma-118", SNAP_ENCODING_ISO_8859_7 },
    { "elot_928", SNAP_ENCODING_ISO_8859_7 }, { "euc-jp", SNAP_ENCODING_EUC_JP }, { "euc-kr", SNAP_ENCODING_EUC_KR },
    { "gb18030", SNAP_ENCODING_GB18030 }, { "gb2312", SNAP_ENCODING_GBK }, { "gb_2312", SNAP_ENCODING_GBK },
    { "gb_2312-80", SNAP_ENCODING_GBK }, { "gbk", SNAP_ENCODING_GBK }, { "greek", SNAP_ENCODING_ISO_8859_7 },
    { "greek8", SNAP_ENCODING_ISO_8859_7 }, { "hebrew", SNAP_ENCODING_ISO_8859_8 }, { "hz-gb-2312", SNAP_ENCODING_REPLACEMENT },
    { "ibm819", SNAP_ENCODING_WINDOWS_1252 }, { "ibm866", SNAP_ENCODING_IBM866 }, { "iso-10646-ucs-2", SNAP_ENCODING_UTF_16LE },
    { "iso-2022-cn", SNAP_ENCODING_REPLACEMENT }, { "iso-2022-cn-ext", SNAP_ENCODING_REPLACEMENT },
    { "iso-2022-jp", SNAP_ENCODING_ISO_2022_JP }, { "iso-2022-kr", SNAP_ENCODING_REPLACEMENT },
    { "iso-8859-1", SNAP_ENCODING_WINDOWS_1252 }, { "iso-8859-10", SNAP_ENCODING_ISO_8859_10 },
    { "iso-8859-11", SNAP_ENCODING_WINDOWS_874 }, { "iso-8859-13", SNAP_ENCODING_ISO_8859_13 },
    { "iso-8859-14", SNAP_ENCODING_ISO_8859_14 }, { "iso-8859-15", SNAP_ENCODING_ISO_8859_15 },
    { "iso-8859-16", SNAP_ENCODING_ISO_8859_16 }, { "iso-8859-2", SNAP_ENCODING_ISO_8859_2 },
    { "iso-8859-3", SNAP_ENCODING_ISO_8859_3 }, { "iso-8859-4", SNAP_ENCODING_ISO_8859_4 },
    { "iso-8859-5", SNAP_ENCODING_ISO_8859_5 }, { "iso-8859-6", SNAP_ENCODING_ISO_8859_6 },
    { "iso-8859-6-e", SNAP_ENCODING_ISO_8859_6 }, { "iso-8859-6-i", SNAP_ENCODING_ISO_8859_6 },
    { "iso-8859-7", SNAP_ENCODING_ISO_8859_7 }, { "iso-8859-8", SNAP_ENCODING_ISO_8859_8 },
    { "iso-8859-8-e", SNAP_ENCODING_ISO_8859_8 }, { "iso-8859-8-i", SNAP_ENCODING_ISO_8859_8_I },
    { "iso-8859-9", SNAP_ENCODING_WINDOWS_1254 }, { "iso-ir-100", SNAP_ENCODING_WINDOWS_1252 },
    { "iso-ir-101", SNAP_ENCODING_ISO_8859_2 }, { "iso-ir-109", SNAP_ENCODING_ISO_8859_3 },
    { "iso-ir-110", SNAP_ENCODING_ISO_8859_4 }, { "iso-ir-126", SNAP_ENCODING_ISO_8859_7 },
    { "iso-ir-127", SNAP_ENCODING_ISO_8859_6 }, { "iso-ir-138", SNAP_ENCODING_ISO_8859_8 },
    { "iso-ir-144", SNAP_ENCODING_ISO_8859_5 }, { "iso-ir-148", SNAP_ENCODING_WINDOWS_1254 },
    { "iso-ir-149", SNAP_ENCODING_EUC_KR }, { "iso-ir-157", SNAP_ENCODING_ISO_8859_10 }, { "iso-ir-58", SNAP_ENCODING_GBK },
    { "iso8859-1", SNAP_ENCODING_WINDOWS_1252 }, { "iso8859-10", SNAP_ENCODING_ISO_8859_10 },
    { "iso8859-11", SNAP_ENCODING_WINDOWS_874 }, { "iso8859-13", SNAP_ENCODING_ISO_8859_13 },
    { "iso8859-14", SNAP_ENCODING_ISO_8859_14 }, { "iso8859-15", SNAP_ENCODING_ISO_8859_15 },
    { "iso8859-2", SNAP_ENCODING_ISO_8859_2 }, { "iso8859-3", SNAP_ENCODING_ISO_8859_3 }, { "iso8859-4", SNAP_ENCODING_ISO_8859_4 },
    { "iso8859-5", SNAP_ENCODING_ISO_8859_5 }, { "iso8859-6", SNAP_ENCODING_ISO_8859_6 }, { "iso8859-7", SNAP_ENCODING_ISO_8859_7 },
    { "iso8859-8", SNAP_ENCODING_ISO_8859_8 }, { "iso8859-9", SNAP_ENCODING_WINDOWS_1254 },
    { "iso88591", SNAP_ENCODING_WINDOWS_1252 }, { "iso885910", SNAP_ENCODING_ISO_8859_10 },
    { "iso885911", SNAP_ENCODING_WINDOWS_874 }, { "iso885913", SNAP_ENCODING_ISO_8859_13 },
    { "iso885914", SNAP_ENCODING_ISO_8859_14 }, { "iso885915", SNAP_ENCODING_ISO_8859_15 },
    { "iso88592", SNAP_ENCODING_ISO_8859_2 }, { "iso88593", SNAP_ENCODING_ISO_8859_3 }, { "iso88594", SNAP_ENCODING_ISO_8859_4 },
    { "iso88595", SNAP_ENCODING_ISO_8859_5 }, { "iso88596", SNAP_ENCODING_ISO_8859_6 }, { "iso88597", SNAP_ENCODING_ISO_8859_7 },
    { "iso88598", SNAP_ENCODING_ISO_8859_8 }, { "iso88599", SNAP_ENCODING_WINDOWS_1254 },
    { "iso_8859-1", SNAP_ENCODING_WINDOWS_1252 }, { "iso_8859-15", SNAP_ENCODING_ISO_8859_15 },
    { "iso_8859-1:1987", SNAP_ENCODING_WINDOWS_1252 }, { "iso_8859-2", SNAP_ENCODING_ISO_8859_2 },
    { "iso_8859-2:1987", SNAP_ENCODING_ISO_8859_2 }, { "iso_8859-3", SNAP_ENCODING_ISO_8859_3 },
    { "iso_8859-3:1988", SNAP_ENCODING_ISO_8859_3 }, { "iso_8859-4", SNAP_ENCODING_ISO_8859_4 },
    { "iso_8859-4:1988", SNAP_ENCODING_ISO_8859_4 }, { "iso_8859-5", SNAP_ENCODING_ISO_8859_5 },
    { "iso_8859-5:1988", SNAP_ENCODING_ISO_8859_5 }, { "iso_8859-6", SNAP_ENCODING_ISO_8859_6 },
    { "iso_8859-6:1987", SNAP_ENCODING_ISO_8859_6 }, { "iso_8859-7", SNAP_ENCODING_ISO_8859_7 },
    { "iso_8859-7:1987", SNAP_ENCODING_ISO_8859_7 }, { "iso_8859-8", SNAP_ENCODING_ISO_8859_8 },
    { "iso_8859-8:1988", SNAP_ENCODING_ISO_8859_8 }, { "iso_8859-9", SNAP_ENCODING_WINDOWS_1254 },
    { "iso_8859-9:1989", SNAP_ENCODING_WINDOWS_1254 }, { "koi", SNAP_ENCODING_KOI8_R }, { "koi8", SNAP_ENCODING_KOI8_R },
    { "koi8-r", SNAP_ENCODING_KOI8_R }, { "koi8-ru", SNAP_ENCODING_KOI8_U }, { "koi8-u", SNAP_ENCODING_KOI8_U },
    { "koi8_r", SNAP_ENCODING_KOI8_R }, { "korean", SNAP_ENCODING_EUC_KR }, { "ks_c_5601-1987", SNAP_ENCODING_EUC_KR },
    { "ks_c_5601-1989", SNAP_ENCODING_EUC_KR }, { "ksc5601", SNAP_ENCODING_EUC_KR }, { "ksc_5601", SNAP_ENCODING_EUC_KR },
    { "l1", SNAP_ENCODING_WINDOWS_1252 }, { "l2", SNAP_ENCODING_ISO_8859_2 }, { "l3", SNAP_ENCODING_ISO_8859_3 },
    { "l4", SNAP_ENCODING_ISO_8859_4 }, { "l5", SNAP_ENCODING_WINDOWS_1254 }, { "l6", SNAP_ENCODING_ISO_8859_10 },
    { "l9", SNAP_ENCODING_ISO_8859_15 }, { "latin1", SNAP_ENCODING_WINDOWS_1252 }, { "latin2", SNAP_ENCODING_ISO_8859_2 },
    { "latin3", SNAP_ENCODING_ISO_8859_3 }, { "latin4", SNAP_ENCODING_ISO_8859_4 }, { "latin5", SNAP_ENCODING_WINDOWS_1254 },
    { "latin6", SNAP_ENCODING_ISO_8859_10 }, { "logical", SNAP_ENCODING_ISO_8859_8_I }, { "mac", SNAP_ENCODING_MACINTOSH },
    { "macintosh", SNAP_ENCODING_MACINTOSH }, { "ms932", SNAP_ENCODING_SHIFT_JIS }, { "ms_kanji", SNAP_ENCODING_SHIFT_JIS },
    { "replacement", SNAP_ENCODING_REPLACEMENT }, { "shift-jis", SNAP_ENCODING_SHIFT_JIS },
    { "shift_jis", SNAP_ENCODING_SHIFT_JIS }, { "sjis", SNAP_ENCODING_SHIFT_JIS }, { "sun_eu_greek", SNAP_ENCODING_ISO_8859_7 },
    { "tis-620", SNAP_ENCODING_WINDOWS_874 }, { "ucs-2", SNAP_ENCODING_UTF_16LE }, { "unicode", SNAP_ENCODING_UTF_16LE },
    { "unicode-1-1-utf-8", SNAP_ENCODING_UTF_8 }, { "unicode11utf8", SNAP_ENCODING_UTF_8 },
    { "unicode20utf8", SNAP_ENCODING_UTF_8 }, { "unicodefeff", SNAP_ENCODING_UTF_16LE }, { "unicodefffe", SNAP_ENCODING_UTF_16BE },
    { "us-ascii", SNAP_ENCODING_WINDOWS_1252 }, { "utf-16", SNAP_ENCODING_UTF_16LE }, { "utf-16be", SNAP_ENCODING_UTF_16BE },
    { "utf-16le", SNAP_ENCODING_UTF_16LE }, { "utf-8", SNAP_ENCODING_UTF_8 }, { "utf8", SNAP_ENCODING_UTF_8 },
    { "visual", SNAP_ENCODING_ISO_8859_8 }, { "windows-1250", SNAP_ENCODING_WINDOWS_1250 },
    { "windows-1251", SNAP_ENCODING_WINDOWS_1251 }, { "windows-1252", SNAP_ENCODING_WINDOWS_1252 },
    { "windows-1253", SNAP_ENCODING_WINDOWS_1253 }, { "windows-1254", SNAP_ENCODING_WINDOWS_1254 },
    { "windows-1255", SNAP_ENCODING_WINDOWS_1255 }, { "windows-1256", SNAP_ENCODING_WINDOWS_1256 },
    { "windows-1257", SNAP_ENCODING_WINDOWS_1257 }, { "windows-1258", SNAP_ENCODING_WINDOWS_1258 },
    { "windows-31j", SNAP_ENCODING_SHIFT_JIS }, { "windows-874", SNAP_ENCODING_WINDOWS_874 },
    { "windows-949", SNAP_ENCODING_EUC_KR }, { "x-cp1250", SNAP_ENCODING_WINDOWS_1250 }, { "x-cp1251", SNAP_ENCODING_WINDOWS_1251 },
    { "x-cp1252", SNAP_ENCODING_WINDOWS_1252 }, { "x-cp1253", SNAP_ENCODING_WINDOWS_1253 },
    { "x-cp1254", SNAP_ENCODING_WINDOWS_1254 }, { "x-cp1255", SNAP_ENCODING_WINDOWS_1255 },
    { "x-cp1256", SNAP_ENCODING_WINDOWS_1256 }, { "x-cp1257", SNAP_ENCODING_WINDOWS_1257 },
    { "x-cp1258", SNAP_ENCODING_WINDOWS_1258 }, { "x-euc-jp", SNAP_ENCODING_EUC_JP }, { "x-gbk", SNAP_ENCODING_GBK },
    { "x-mac-cyrillic", SNAP_ENCODING_X_MAC_CYRILLIC }, { "x-mac-roman", SNAP_ENCODING_MACINTOSH },
    { "x-mac-ukrainian", SNAP_ENCODING_X_MAC_CYRILLIC }, { "x-sjis", SNAP_ENCODING_SHIFT_JIS },
    { "x-unicode20utf8", SNAP_ENCODING_UTF_8 }, { "x-user-defined", SNAP_ENCODING_X_USER_DEFINED },
    { "x-x-big5", SNAP_ENCODING_BIG5 },
};

#define SNAP_LABEL_LONGEST 19

/* Whether it is the label that is compared with, or comes before (-1) or behind it (1). */
static int snap_label_compare(const char *label, const char *text, size_t length)
{
    int order = strncmp(text, label, length);
    return order ? order : -(label[length] != '\0');
}

/* The encoding with this label, of which white space at both ends and the case of ASCII letters do not matter; -1: there is none. */
static int snap_encoding_of(const char *label, size_t length)
{
    static const char space[] = "\t\n\f\r ";
    char text[SNAP_LABEL_LONGEST];
    size_t low = 0, high = countof(snap_encoding_labels);

    while (length && label[length - 1] && strchr(space, label[length - 1]))
        length--;
    while (length && *label && strchr(space, *label))
        label++, length--;
    if (!length || length > sizeof text || memchr(label, 0, length))
        return -1;
    for (size_t i = 0; i < length; i++)
        text[i] = label[i] >= 'A' && label[i] <= 'Z' ? (char)(label[i] + ('a' - 'A')) : label[i];
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = snap_label_compare(snap_encoding_labels[middle].label, text, length);
        if (!order)
            return snap_encoding_labels[middle].encoding;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}
