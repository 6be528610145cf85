namespace AgentTeams.Tests;

/// <summary>Exported models compute in llama.cpp what they compute here.</summary>
public sealed class GgufParityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams-gguf-").FullName;

    public static TheoryData<string, GgufType> FamiliesAndTypes
    {
        get
        {
            var data = new TheoryData<string, GgufType>();
            foreach (var family in (string[])["llama", "qwen2", "qwen3"])
            {
                foreach (var type in Enum.GetValues<GgufType>()) data.Add(family, type);
            }

            return data;
        }
    }

    [LlamaCppTheory]
    [MemberData(nameof(FamiliesAndTypes))]
    public void ExportGguf_EachFamilyAndType_LoadsAndAgreesAsFarAsTheTypeAllows(string family, GgufType type)
    {
        using var model = RandomModels.Create(Family(family), _folder);
        using var exported = Export(model, new() { Type = type });
        Assert.Equal(family, exported.Metadata["general.architecture"]);
        var difference = Largest(model, model.Base, exported);
        Assert.True(difference < type switch { GgufType.F32 => 1e-3, GgufType.F16 => 0.05, _ => 1 }, $"{family} {type}: {difference}");
    }

    [LlamaCppTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public async Task ExportGguf_Float32_GivesTheSameTokensGreedily(string family)
    {
        using var model = RandomModels.Create(Family(family), _folder);
        using var exported = Export(model, new() { Type = GgufType.F32 });
        for (var seed = 0; seed < 20; seed++)
        {
            var prompt = Ids(model, seed, 3 + seed);
            var own = await Greedy(model, prompt, 64);
            Assert.Equal(64, own.Length);
            Assert.Equal(own, exported.Greedy(prompt, 64));
        }
    }

    [LlamaCppTheory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void ExportGguf_Adapter_IsMerged(string family)
    {
        using var model = RandomModels.Create(Family(family), _folder);
        var adapter = RandomModels.AddAdapter(model, Path.Combine(_folder, "adapter"));
        using var exported = Export(model, new() { Type = GgufType.F32, Policy = adapter });
        AssertSame(model, adapter, exported);
        Assert.True(Largest(model, model.Base, exported) > 0.1);
    }

    [LlamaCppFact]
    public void ExportGguf_RopeOfLlama3_AgreesOverTheWholeContext()
    {
        using var model = RandomModels.Create(ModelFamily.Llama, _folder, c => c with
        {
            HeadSize = 32, RopeTheta = 500_000, TieWordEmbeddings = true,
            RopeScaling = new() { Factor = 8, Bands = new() { LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 64 } },
        });
        using var exported = Export(model, new() { Type = GgufType.F32 });
        AssertSame(model, model.Base, exported, length: 200);
    }

    [LlamaCppTheory]
    [InlineData("llama", 32)]
    [InlineData("qwen2", 16)]
    [InlineData("qwen3", 32)]
    public void ExportGguf_LinearRopeAndHeadSize_Agrees(string family, int headSize)
    {
        using var model = RandomModels.Create(Family(family), _folder, c => c with { HeadSize = headSize, RopeScaling = new() { Factor = 4 } });
        using var exported = Export(model, new() { Type = GgufType.F32 });
        AssertSame(model, model.Base, exported, length: 200);
    }

    [LlamaCppFact]
    public void ExportGguf_LlamaWithBiases_Agrees()
    {
        using var model = RandomModels.Create(ModelFamily.Llama, _folder, c => c with { AttentionBias = true });
        using var exported = Export(model, new() { Type = GgufType.F32 });
        AssertSame(model, model.Base, exported);
    }

    [LlamaCppFact]
    public void ExportGguf_VocabularyBeyondTheTokenizer_Agrees()
    {
        using var model = RandomModels.Create(ModelFamily.Qwen3, _folder, c => c with { VocabularySize = c.VocabularySize + 37 });
        using var exported = Export(model, new() { Type = GgufType.F32 });
        AssertSame(model, model.Base, exported);
    }

    [LlamaCppFact]
    public void ExportGguf_RowsThatDoNotFillBlocks_Loads()
    {
        using var model = RandomModels.Create(ModelFamily.Llama, _folder, c => c with { IntermediateSize = 88 });
        using var exported = Export(model, new() { Type = GgufType.Q8_0 });
        Assert.True(Largest(model, model.Base, exported) < 1);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ModelFamily Family(string name) => ModelFamily.All.Single(f => f.Name == name);

    private static int[] Ids(LocalLanguageModel model, int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, model.Tokenizer.VocabularySize))];
    }

    private static async Task<int[]> Greedy(LocalLanguageModel model, int[] prompt, int count)
    {
        var result = await model.Scheduler.Enqueue(new GenerationRequest
        {
            Policy = model.Base, PromptIds = prompt, MaxTokens = count, Temperature = 0, Seed = 0, StopIds = [], CancellationToken = CancellationToken.None,
        });
        return result.Ids;
    }

    private static void AssertSame(LocalLanguageModel model, PolicyId policy, LlamaCpp exported, int length = 60)
    {
        var difference = Largest(model, policy, exported, length);
        Assert.True(difference < 1e-3, $"{difference}");
    }

    private static double Largest(LocalLanguageModel model, PolicyId policy, LlamaCpp exported, int length = 60)
    {
        var ids = Ids(model, 17, length);
        var (own, theirs) = (model.Logits(policy, ids), exported.LogProbs(ids));
        var size = model.Config.VocabularySize;
        var largest = 0.0;
        for (var i = 0; i < ids.Length; i++)
        {
            var row = LlamaCpp.LogSoftmaxOf(own.AsSpan(i * size, size));
            Assert.Equal(size, theirs[i].Length);
            for (var v = 0; v < size; v++) largest = Math.Max(largest, Math.Abs(row[v] - theirs[i][v]));
        }

        return largest;
    }

    private LlamaCpp Export(LocalLanguageModel model, GgufOptions options)
    {
        var path = Path.Combine(_folder, "model.gguf");
        model.ExportGguf(path, options);
        return new(path);
    }
}
