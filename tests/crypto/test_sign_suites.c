/* Goal: Ed25519 signatures at the edges of the curve's rules end as public suites say that libsodium ends them. Every place that
 * checks a signature (packages, approvals, heads) goes through one function, so what this program commits to is: S below L; A and R
 * not of small order; A canonical; R equal to the recomputed one, byte for byte; no cofactor in the equation. RFC 8032 leaves some of that open:
 * two programs that choose otherwise disagree about signatures which no honest signer makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/crypto/sign.h"

struct suite_case {
    const char *key, *msg, *sig;
    bool valid;
};
struct cctv_case {
    const char *key, *sig, *text;
};

/* novifinancial/ed25519-speccheck, cases.txt (Apache-2.0): "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020), all 12.
 * C2SP/CCTV, ed25519/ed25519vectors.json: points of small order, of mixed order, and encodings that are not canonical; the first 40.
 *   Mixed order alone, where the equation holds without the cofactor (its numbers 7 and 29, and speccheck's fourth), is accepted by
 *   libsodium 1.0.18: only who made that key on purpose can sign so.
 * C2SP/wycheproof, testvectors_v1/ed25519_test.json (Apache-2.0): by its tcId; 10 to 29 are made below as they are there, each R with each S. */
static const struct suite_case speccheck[] = {
    {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000", false}, /* small A, small R */
    {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", false}, /* small A */
    {"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e", false}, /* small R */
    {"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009", true}, /* A and R of mixed order, the equation holds without the cofactor */
    {"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
     "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09", false}, /* A and R of mixed order, it holds only with the cofactor */
    {"cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d", "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
     "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405", false}, /* A of mixed order, R of prime order, it holds only with the cofactor */
    {"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514", false}, /* S above L */
    {"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22", false}, /* S far above L */
    {"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f", false}, /* R not canonical, reduced for the hash */
    {"f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908", false}, /* R not canonical, not reduced for the hash */
    {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", false}, /* A not canonical, reduced for the hash */
    {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", false}, /* A not canonical, not reduced for the hash */
};

static const struct cctv_case cctv[] = { /* number 0 to 39 */
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 3"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 11"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 7"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 3"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "00000000000000000000000000000000000000000000000000000000000000005e176f12cfb0d4e6eb6929b19ae4c998ef05c1c2cf628a9b1fa1c21312627108", "ed25519vectors 7"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "00000000000000000000000000000000000000000000000000000000000000009472a69cd9a701a50d130ed52189e2455b23767db52cacb8716fb896ffeeac09", "ed25519vectors 3"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56bc02e2b9e63e385c058bf62b14b3a2b29ccefe8e38ddb536bc3f9865320a3d801", "ed25519vectors 10"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56bbbfd00bd9c259d8d222d15e67a3d8228585050dbb9b9585be20d8fadc721da03", "ed25519vectors"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 8"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 6"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 4"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 7"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 3"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 3"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 10"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f1cb421dfbd92aa6c30d550bff53c81cf650ace6deb96a8ec22d2fef84dbbe20b", "ed25519vectors 6"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fad7a355469b5c87e550469f6b2de409ee723acd584bf35f86b80c384e8ceb702", "ed25519vectors 3"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f5e176f12cfb0d4e6eb6929b19ae4c998ef05c1c2cf628a9b1fa1c21312627108", "ed25519vectors 7"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f9472a69cd9a701a50d130ed52189e2455b23767db52cacb8716fb896ffeeac09", "ed25519vectors 3"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 2"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 15"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "00000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 4"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "00000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 3"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 9"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "000000000000000000000000000000000000000000000000000000000000008075b3d7e9547febbdbf3fde21df901c7ca1fc59e8b689a4ae283919e78cf62b03", "ed25519vectors 11"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "0000000000000000000000000000000000000000000000000000000000000080050abffcd4d8ccbb4b8d6bf6649f5aa99e8de5cc182a7409633856ff53f49e0c", "ed25519vectors 10"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a94639734cf989e314e9e049fc01a3864d191fed8f231b12fee6fa50aaadba44b0e", "ed25519vectors 9"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a94732d9e0279fe001d90327efa319816e3e4506b78432b8b4e1f2fdc4b960d700f", "ed25519vectors 2"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "00000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 7"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "00000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 9"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 2"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 9"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors"},
    {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "b797b156efcd45a4e2454d2fd0b21438b3ccd80d4c7fd1d1b2c8e55bd4ed4a9405ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02", "ed25519vectors 9"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 5"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000000000000000000000000000000000000000000000000000", "ed25519vectors 9"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7117c2ec783065c50f2c930cfc9d318c9737991acb260b49e2ca815474532709", "ed25519vectors"},
    {"10eb7c3acfb2bed3e0d6ab89bf5a3d6afddd1176ce4812e38d9fd485058fdb1f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1f5fae114eb0c534b5aed0a892d0a0e1d429df6a025c5ae08012e0ffce78310c", "ed25519vectors 27"},
};

static const struct suite_case wycheproof[] = {
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "",
     "d4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007", true}, /* 1 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "78",
     "d80737358ede548acb173ef7e0399f83392fe8125b2ce877de7975d8b726ef5b1e76632280ee38afad12125ea44b961bf92f1178c9fa819d020869975bcbe109", true}, /* 2 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "54657374",
     "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d", true}, /* 3 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "48656c6c6f",
     "1c1ad976cbaae3b31dee07971cf92c928ce2091a85f5899f5e11ecec90fc9f8e93df18c5037ec9b29c07195ad284e63d548cd0a6fe358cc775bd6c1608d2c905", true}, /* 4 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "313233343030",
     "657c1492402ab5ce03e2c3a7f0384d051b9cf3570f1207fc78c1bcc98c281c2bf0cf5b3a289976458a1be6277a5055545253b45b07dcc1abd96c8b989c00f301", true}, /* 5 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "000000000000000000000000",
     "d46543bfb892f84ec124dcdfc847034c19363bf3fc2fa89b1267833a14856e52e60736918783f950b6f1dd8d40dc343247cd43ce054c2d68ef974f7ed0f3c60f", true}, /* 6 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "6161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161",
     "879350045543bc14ed2c08939b68c30d22251d83e018cacbaf0c9d7a48db577e80bdf76ce99e5926762bc13b7b3483260a5ef63d07e34b58eb9c14621ac92f00", true}, /* 7 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60",
     "7bdc3f9919a05f1d5db4a3ada896094f6871c1f37afc75db82ec3147d84d6f237b7e5ecc26b59cfea0c7eaf1052dc427b0f724615be9c3d3e01356c65b9b5109", true}, /* 8 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "ffffffffffffffffffffffffffffffff",
     "5dbd7360e55aa38e855d6ad48c34bd35b7871628508906861a7c4776765ed7d1e13d910faabd689ec8618b78295c8ab8f0e19c8b4b43eb8685778499e943ae04", true}, /* 9 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "54657374",
     "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab07a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d", false}, /* 69 */
    {"7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "54657374",
     "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0679155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b38d", false}, /* 70 */
    {"a12c2beb77265f2aac953b5009349d94155a03ada416aad451319480e983ca4c", "",
     "5056325d2ab440bf30bbf0f7173199aa8b4e6fbc091cf3eb6bc6cf87cd73d992ffc216c85e4ab5b8a0bbc7e9a6e9f8d33b7f6e5ac0ffdc22d9fcaf784af84302", true}, /* 71 */
    {"a12c2beb77265f2aac953b5009349d94155a03ada416aad451319480e983ca4c", "313233343030",
     "9bbb1052dcfa8ad2715c2eb716ae4f1902dea353d42ee09fd4c0b4fcb8b52b5219e2200016e1199d0061891c263e31b0bc3b55673c19610c4e0fa5408004160b", true}, /* 75 */
    {"a12c2beb77265f2aac953b5009349d94155a03ada416aad451319480e983ca4c", "ffffffffffffffffffffffffffffffff",
     "8acd679e1a914fc45d5fa83d3021f0509c805c8d271df54e52f43cfbd00cb6222bf81d58fe1de2de378df67ee9f453786626961fe50a9b05f12b6f0899ebdd0a", true}, /* 79 */
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b", true}, /* 80 */
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", true}, /* 81 */
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", true}, /* 82 */
    {"100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86", "124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e",
     "dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f", true}, /* 84 */
    {"100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86", "6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0",
     "0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010", false}, /* 85 */
};

static bool accepts(const char *key, const void *msg, size_t n, const char *sig)
{
    uint8_t k[32], s[64];
    assert_true(keep_codec_unhex(keep_str_of(key), k, sizeof k));
    assert_true(keep_codec_unhex(keep_str_of(sig), s, sizeof s));
    return keep_sign_raw_check(k, msg, n, s) == 0;
}

static void run(const struct suite_case *c, size_t cases)
{
    for (size_t i = 0; i < cases; i++) {
        uint8_t msg[128];
        size_t n = strlen(c[i].msg) / 2;
        assert_true(n <= sizeof msg && keep_codec_unhex(keep_str_of(c[i].msg), msg, n));
        if (accepts(c[i].key, msg, n, c[i].sig) != c[i].valid)
            fail_msg("case %zu is %s", i, c[i].valid ? "refused" : "accepted");
    }
}

static void test_sign_suites_speccheck(void **state)
{
    (void)state;
    assert_int_equal(sizeof speccheck / sizeof *speccheck, 12);
    run(speccheck, 12);
}

static void test_sign_suites_wycheproof(void **state)
{
    (void)state;
    run(wycheproof, sizeof wycheproof / sizeof *wycheproof);
}

static void test_sign_suites_wycheproof_special_r_and_s(void **state)
{
    (void)state;
    static const char key[] = "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa";
    static const char *const value[] = { /* 0, 1, L - 1, L, p */
        "0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
        "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    for (int r = 0; r < 5; r++)
        for (int s = 0; s < 5; s++) {
            char sig[129];
            memcpy(sig, value[r], 64);
            memcpy(sig + 64, value[s], 65);
            assert_false(accepts(key, "?", 1, sig));
        }
}

static void test_sign_suites_cctv(void **state)
{
    (void)state;
    assert_int_equal(sizeof cctv / sizeof *cctv, 40);
    for (size_t i = 0; i < 40; i++)
        if (accepts(cctv[i].key, cctv[i].text, strlen(cctv[i].text), cctv[i].sig) != (i == 7 || i == 29))
            fail_msg("number %zu ends otherwise", i);
}

/* All 14 encodings of the eight points of small order (CCTV's README), as key and as R, with S = 0: over enough messages every one of
 * these pairs satisfies the equation for some. None may be accepted for any. */
static void test_sign_suites_no_point_of_small_order(void **state)
{
    (void)state;
    static const char *const point[14] = {
        "0000000000000000000000000000000000000000000000000000000000000000", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0100000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    for (int a = 0; a < 14; a++)
        for (int r = 0; r < 14; r++)
            for (uint8_t m = 0; m < 32; m++) {
                char sig[129];
                memcpy(sig, point[r], 64);
                memset(sig + 64, '0', 64);
                sig[128] = '\0';
                if (accepts(point[a], &m, 1, sig))
                    fail_msg("key %s, R %s", point[a], point[r]);
            }
}

/* S + L, S + 2L, … for a signature of ours: the same S modulo L, so only its range tells. */
static void test_sign_suites_s_has_one_form(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {9}, id[8] = {0};
    uint8_t l[32], sig[64];
    struct keep_sign_secret *s = NULL;
    struct keep_sign_public pub;
    assert_true(keep_codec_unhex(KEEP_STR("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"), l, 32));
    assert_int_equal(keep_sign_from_seed(&s, seed, id, NULL), 0);
    keep_sign_public_of(s, &pub);
    keep_sign_raw(s, "message", 7, sig);
    assert_int_equal(keep_sign_raw_check(pub.key, "message", 7, sig), 0);
    for (int times = 1; times < 16; times++) {
        unsigned carry = 0;
        for (int i = 0; i < 32; i++) {
            carry += sig[32 + i] + l[i];
            sig[32 + i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry)
            break; /* past 2^256 */
        assert_int_equal(keep_sign_raw_check(pub.key, "message", 7, sig), KEEP_E_INTEGRITY);
    }
    keep_sign_free(s);
}

static int setup(void **state)
{
    (void)state;
    return keep_secret_start(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_suites_speccheck),
        cmocka_unit_test(test_sign_suites_wycheproof),
        cmocka_unit_test(test_sign_suites_wycheproof_special_r_and_s),
        cmocka_unit_test(test_sign_suites_cctv),
        cmocka_unit_test(test_sign_suites_no_point_of_small_order),
        cmocka_unit_test(test_sign_suites_s_has_one_form),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
