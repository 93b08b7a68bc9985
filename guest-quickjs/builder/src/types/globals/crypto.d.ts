declare class Crypto {
    private constructor();
}
declare var crypto: Crypto;
