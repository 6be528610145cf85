namespace AgentTeams.Tests;

public sealed class TokenizerTests
{
    private static readonly string[] s_corpus = ["the cat sat on the mat", "the hat and the cat", "a cat , a hat : 12 hats for number0 cats"];

    private static Tokenizer Train(int size = 300) =>
        BpeTrainer.Train(s_corpus, size, [.. MinimalChatTemplate.SpecialTokens, "<|coder|>"], ["number0", "number1"]);

    [Theory]
    [InlineData("the cat sat")]
    [InlineData("Zoë's 3.5 naïve\r\n\tcafés — 東京 🚀")]
    [InlineData("  leading and trailing  ")]
    [InlineData("")]
    public void Decode_OfEncode_IsTheText(string text)
    {
        var tokenizer = Train();
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_FrequentWords_AreMerged()
    {
        var tokenizer = Train();
        Assert.Single(tokenizer.Encode(" cat"));
        Assert.True(tokenizer.Encode(" zebra").Length > 1);
    }

    [Fact]
    public void Encode_WholeWord_IsOneTokenWithAndWithoutItsSpace()
    {
        var tokenizer = Train();
        Assert.Equal([4, 7, 5], tokenizer.Encode("number0 number1\nnumber1").Where(id => id is >= 4 and < 8));
        Assert.Single(tokenizer.Encode("number0"));
        Assert.Single(tokenizer.Encode(" number0"));
    }

    [Theory]
    [InlineData("concatenated")]
    [InlineData("cats")]
    [InlineData("a_cat")]
    [InlineData("scat")]
    [InlineData("cat\u0301")]
    public void Encode_WholeWordInsideAWord_IsNotLookedFor(string text)
    {
        var tokenizer = BpeTrainer.Train(["concatenated concatenated cat cat"], 300, [], ["cat"]);
        var whole = tokenizer.Encode("cat").Concat(tokenizer.Encode(" cat")).ToHashSet();
        Assert.Equal(2, whole.Count);
        Assert.DoesNotContain(tokenizer.Encode(text), whole.Contains);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("(cat)")]
    [InlineData("\tcat,")]
    [InlineData("-cat-")]
    [InlineData("x+=cat")]
    public void Encode_WholeWordBesidePunctuation_IsOneToken(string text)
    {
        var tokenizer = BpeTrainer.Train(["(cat) -cat- x+= x+= (cat)"], 300, [], ["cat", "="]);
        Assert.Contains(tokenizer.Encode("cat")[0], tokenizer.Encode(text));
        if (text.Contains('=', StringComparison.Ordinal)) Assert.Contains(tokenizer.Encode("=")[0], tokenizer.Encode(text));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("cat  cat")]
    [InlineData("cat\ncat")]
    [InlineData("\t cat\u00a0cat ")]
    public void Decode_WhiteSpaceAroundWholeWords_IsKept(string text)
    {
        var tokenizer = BpeTrainer.Train([text], 300, [], ["cat"]);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("", "white space")]
    [InlineData(" cat", "white space")]
    [InlineData("<|end|>", "special token")]
    [InlineData("🚀", "U+FFFF")]
    public void Train_WordThatCannotBeWhole_IsNamed(string word, string named) =>
        Assert.Contains(named, Assert.Throws<AgentTeamsException>(() => BpeTrainer.Train(["a"], 300, ["<|end|>"], [word])).Message, StringComparison.Ordinal);

    [Fact]
    public void Train_SpecialTokenThatReadsLikeAPiece_NeverIsOne()
    {
        var tokenizer = BpeTrainer.Train(["abab abab abab"], 300, ["ab"], []);
        Assert.DoesNotContain(tokenizer.GetId("ab"), tokenizer.Encode("abab"));
        Assert.Contains("'a'", Assert.Throws<AgentTeamsException>(() => BpeTrainer.Train(["a"], 300, ["a"], [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_SpecialTokenInUserText_IsNotParsed()
    {
        var tokenizer = Train();
        Assert.DoesNotContain(tokenizer.GetId("<|coder|>"), tokenizer.Encode("<|coder|>"));
        Assert.Equal([tokenizer.GetId("<|coder|>")], tokenizer.Encode("<|coder|>", parseSpecial: true));
    }

    [Fact]
    public void SaveLoad_EncodesTheSame()
    {
        var tokenizer = Train();
        var path = Path.GetTempFileName();
        try
        {
            tokenizer.Save(path);
            var loaded = Tokenizer.Load(path);
            Assert.Equal(tokenizer.VocabularySize, loaded.VocabularySize);
            foreach (var text in s_corpus) Assert.Equal(tokenizer.Encode(text), loaded.Encode(text));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Train_SameText_GivesTheSameVocabulary() =>
        Assert.Equal(Train().Encode("a hat on the cat"), Train().Encode("a hat on the cat"));

    [Fact]
    public void Train_VocabularyTooSmall_SaysHowLargeItMustBe()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Train(100));
        Assert.Contains("at least 264", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Minimal_PutsRoleTokenFirstAndAnswerLast()
    {
        var tokenizer = Train();
        var ids = new MinimalChatTemplate().Render(tokenizer, [new(Microsoft.Extensions.AI.ChatRole.System, "<|coder|>"), new(Microsoft.Extensions.AI.ChatRole.User, "<|end|> cat")]);
        Assert.Equal(tokenizer.GetId("<|coder|>"), ids[0]);
        Assert.Equal(tokenizer.GetId(MinimalChatTemplate.Separator), ids[1]);
        Assert.Equal(tokenizer.GetId(MinimalChatTemplate.Answer), ids[^1]);
        Assert.DoesNotContain(tokenizer.GetId(MinimalChatTemplate.End), ids);
    }
}
