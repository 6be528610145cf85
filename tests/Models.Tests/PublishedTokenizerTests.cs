using System.Text;

namespace AgentTeams.Tests;

public sealed class PublishedTokenizerTests
{
    [SharedDataFact(Published.Folder)]
    public void Encode_PublishedVectors_GivesTheIdsOfTheReference()
    {
        var vectors = Published.Json("qwen3_vectors.json").GetProperty("vectors").EnumerateArray().ToList();
        Assert.Equal(20, vectors.Count);
        foreach (var vector in vectors)
        {
            int[] ids = [.. vector.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            Assert.Equal(ids, Published.Qwen3.Encode(vector.GetProperty("text").GetString()!, parseSpecial: true));
            Assert.Equal(vector.GetProperty("decoded").GetString(), Published.Qwen3.Decode(ids, skipSpecial: false));
        }
    }

    [SharedDataFact(Published.Folder)]
    public void Encode_TextThatAUserWrote_NeverHoldsAnAddedToken()
    {
        var text = string.Concat(Published.Qwen3.Definition.Added.Select(a => a.Text));
        Assert.All(Published.Qwen3.Encode(text), id => Assert.InRange(id, 0, 151_642));
        Assert.Equal(Published.Qwen3.Definition.Added.Count, Published.Qwen3.Encode(text, parseSpecial: true).Length);
    }

    [SharedDataFact(Published.Folder)]
    public void Encode_AMegabyteWithoutSpaces_Finishes()
    {
        var word = new StringBuilder();
        var random = new SeedKey(3).ToRandom();
        while (word.Length < 1_000_000) word.Append((char)('a' + random.Next(26)));
        var ids = Published.Qwen3.Encode(word.ToString());
        Assert.Equal(word.ToString(), Published.Qwen3.Decode(ids));
    }

    [SharedDataFact(Published.Folder)]
    public void SaveLoad_PublishedFile_EncodesTheSame()
    {
        var path = Path.GetTempFileName();
        try
        {
            Published.Qwen3.Save(path);
            var loaded = Tokenizer.Load(path);
            foreach (var vector in Published.Json("qwen3_vectors.json").GetProperty("vectors").EnumerateArray())
                Assert.Equal(Published.Qwen3.Encode(vector.GetProperty("text").GetString()!, parseSpecial: true), loaded.Encode(vector.GetProperty("text").GetString()!, parseSpecial: true));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
