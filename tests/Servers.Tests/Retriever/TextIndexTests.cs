using CsCheck;

namespace AgentTeams.Tests;

/// <summary>The index and the folder it is of.</summary>
public sealed class TextIndexTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retriever").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Search_RareWords_RanksTheTextThatHoldsThemFirstAndCitesItsLines()
    {
        Write("a.md", "The team plans.\nThe team codes.\n");
        Write("sub/b.txt", "Nothing here.\n\nThe quokka lives on Rottnest, says the team.\n");
        using var index = Open();

        var hits = index.Search("quokka team", 5);

        Assert.Equal(["sub/b.txt", "a.md"], hits.Select(h => h.File));
        Assert.Equal((1, 3), (hits[0].From, hits[0].To));
        Assert.True(hits[0].Score > hits[1].Score);
        Assert.Single(index.Search("team", 1));
        Assert.Empty(index.Search("wombat", 5));
    }

    [Theory]
    [InlineData("quokka AND (")]
    [InlineData("\"quokka")]
    [InlineData("quokka* NOT team NEAR(")]
    [InlineData("text:quokka; DROP TABLE words")]
    public void Search_OperatorsInTheQuery_AreWords(string query)
    {
        Write("a.txt", "A quokka.");
        using var index = Open();

        Assert.Equal("a.txt", Assert.Single(index.Search(query, 5)).File);
    }

    [Fact]
    public void Search_QueryWithoutWords_FindsNothing()
    {
        Write("a.txt", "A quokka.");
        using var index = Open();

        Assert.Empty(index.Search("?! -", 5));
    }

    [Fact]
    public void Search_FilesChanged_FindsWhatTheyHoldNow()
    {
        Write("a.txt", "first");
        Write("b.txt", "second");
        using var index = Open();
        Assert.Single(index.Search("first", 5));

        Write("a.txt", "another text");
        File.Delete(Path.Combine(_folder, "b.txt"));
        Write("c.txt", "third");

        Assert.Empty(index.Search("first second", 5));
        Assert.Equal(["a.txt", "c.txt"], index.Search("another third", 5).Select(h => h.File).Order());
    }

    [Fact]
    public void Search_SameSizeAndOtherTime_ReadsAnew()
    {
        Write("a.txt", "first");
        using var index = Open();
        Assert.Single(index.Search("first", 5));

        Write("a.txt", "third");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "a.txt"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Single(index.Search("third", 5));
    }

    [Fact]
    public void Index_InAFile_IsUsedAgainUnlessItWasMadeOtherwise()
    {
        Write("a.txt", "one\ntwo\nthree\nfour\n");
        var file = Path.Combine(_folder, "index.db");
        using (var index = Open(new() { Folder = _folder, Index = file })) Assert.Single(index.Search("three", 5));

        using var anew = Open(new() { Folder = _folder, Index = file, ChunkSize = 5, Overlap = 0 });

        Assert.Equal((3, 3), anew.Search("three", 5).Select(h => (h.From, h.To)).Single());
    }

    [Fact]
    public void Index_FileIsNone_SaysSo()
    {
        Write("none.db", new string('x', 5000));

        var e = Assert.Throws<RetrieverException>(() => Open(new() { Folder = _folder, Index = Path.Combine(_folder, "none.db") }));

        Assert.Contains("--index", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.txt")]
    [InlineData("sub/../../outside.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("link.txt")]
    [InlineData("linked/outside.txt")]
    [InlineData("index.db")]
    [InlineData("absent.txt")]
    public void Resolve_NoTextOfTheFolder_IsRefused(string name)
    {
        var outside = Directory.CreateTempSubdirectory("outside").FullName;
        File.WriteAllText(Path.Combine(outside, "outside.txt"), "secret");
        File.CreateSymbolicLink(Path.Combine(_folder, "link.txt"), Path.Combine(outside, "outside.txt"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "linked"), outside);
        Write("index.db", "x");
        Write("sub/a.txt", "inside");
        var folder = new TextFolder(new() { Folder = _folder });

        Assert.Throws<RetrieverException>(() => folder.Resolve(name));

        Assert.Equal(["sub/a.txt"], folder.Files().Select(f => f.Name));
        using var index = new TextIndex(folder, new() { Folder = _folder });
        Assert.Empty(index.Search("secret", 5));
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public void Cut_AnyText_HoldsEveryLineInOrderWithinItsSize() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 300].Select(a => string.Concat(a.Select(i => "a b\n"[i]))), Gen.Int[5, 60], Gen.Int[0, 4]).Sample((text, size, overlap) =>
        {
            var lines = text.Split('\n');
            var chunks = TextChunks.Cut(text, size, overlap);
            foreach (var chunk in chunks)
            {
                Assert.Equal(string.Join('\n', lines[(chunk.From - 1)..chunk.To]), chunk.Text);
                Assert.True(chunk.Text.Length <= size || chunk.From == chunk.To);
            }

            var held = chunks.SelectMany(c => Enumerable.Range(c.From, c.To - c.From + 1)).ToHashSet();
            Assert.All(lines.Index().Where(l => !string.IsNullOrWhiteSpace(l.Item)), l => Assert.Contains(l.Index + 1, held));
            Assert.All(chunks.Zip(chunks.Skip(1)), pair => Assert.True(pair.Second.From > pair.First.From && pair.Second.To > pair.First.To));
        });

    [Fact]
    public void Cut_WithOverlap_NeighboursShareLines()
    {
        var chunks = TextChunks.Cut("aaaa\nbbbb\ncccc\ndddd\n", 11, 5);

        Assert.Equal([(1, 2), (2, 3), (3, 4)], chunks.Select(c => (c.From, c.To)));
    }

    private TextIndex Open(RetrieverOptions? options = null)
    {
        options ??= new() { Folder = _folder };
        return new(new(options), options);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
