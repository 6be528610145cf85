namespace AgentTeams.Tests;

public sealed class WordPatternTests
{
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Possessive = @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]|\s+(?!\S)|\s";
    private const string Cased = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static List<string> Words(string pattern, string text) =>
        [.. new WordSplitter([new WordSplit(WordPattern.Parse(pattern), SplitBehavior.Isolated)]).Split(text).Select(w => text[w.Start..w.End])];

    [Theory]
    [InlineData(Llama3, "It'S 12345 don't\n\n  x", "It|'S| |123|45| don|'t|\n\n| | x")]
    [InlineData(Llama3, "a'ſb \u212A'LL", "a|'ſ|b| \u212A|'LL")]
    [InlineData(Llama3, "𠀀𠀁 𝔘𝔫𝔦!🙂🙂 𝟙𝟚𝟛𝟜", "𠀀𠀁| 𝔘𝔫𝔦|!🙂🙂| |𝟙𝟚𝟛|𝟜")]
    [InlineData(Llama3, "🙂東 𐐀𐐨x", "🙂東| 𐐀𐐨x")]
    [InlineData(Possessive, "It's 12345 we'RE\n!!\n", "It|'s| |123|45| we|'RE|\n|!!\n")]
    [InlineData(Cased, "HelloWorld's 𐐀𐐨𐐀 ok/", "Hello|World's| 𐐀𐐨|𐐀| ok|/")]
    public void Split_PublishedPatterns_CutWholeCharacters(string pattern, string text, string words) => Assert.Equal(words.Split('|'), Words(pattern, text));

    [Theory]
    [InlineData(@"\w+", "\\w")]
    [InlineData("^a", "'^'")]
    [InlineData("a$", "'$'")]
    [InlineData(@"\p{Han}+", "\\p{Han}")]
    [InlineData(@"\p{^L}", "\\p{^L}")]
    [InlineData("[a&&b]", "intersection")]
    [InlineData("[a[b]]", "nested")]
    [InlineData("[]", "empty")]
    [InlineData("[b-a]", "range")]
    [InlineData("[a", "not closed")]
    [InlineData("(a", "never closed")]
    [InlineData("a)", "closes nothing")]
    [InlineData("(?<n>a)", "(?<")]
    [InlineData("(?i)a", "(?i)")]
    [InlineData("a{1,3}+", "}+")]
    [InlineData("a{2,1}", "{2,1}")]
    [InlineData("a{99999}", "{99999}")]
    [InlineData("a**", "**")]
    [InlineData("*a", "'*'")]
    [InlineData("𠀀", "beyond")]
    [InlineData("[𠀀-𠀁]", "beyond")]
    [InlineData("(?i:[a-z])", "range")]
    [InlineData("(?i:é)", "case is ignored")]
    [InlineData("a\\", "backslash")]
    [InlineData(@"(a)\1", "\\1")]
    public void Parse_UnsupportedConstruct_IsNamed(string pattern, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => WordPattern.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Assert.Throws<FormatException>(() => WordPattern.Parse(string.Concat(Enumerable.Repeat("(?:", 100_000))));
}
