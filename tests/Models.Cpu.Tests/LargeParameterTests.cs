namespace AgentTeams.Tests;

/// <summary>Sizes beyond 2^31. Memory and files are touched at their ends only, so little of them ever exists.</summary>
public sealed unsafe class LargeParameterTests
{
    [Fact]
    public void Slice_BeyondAnArray_ReachesTheLastValue()
    {
        var count = (1L << 31) + 1;
        var (floats, halves) = (new FloatBuffer(), new HalfBuffer());
        floats.EnsureZeroed(count)[count - 1] = 3;
        halves.Ensure(count)[count - 1] = 5;
        Assert.Equal([0f, 3f], floats.Slice(count - 2, 2).ToArray());
        Assert.Equal([(ushort)0, (ushort)5], halves.Slice(count - 2, 2).ToArray());
        Assert.Equal(0, (nint)floats.Pointer % 64);
        Assert.Throws<ArgumentOutOfRangeException>(() => floats.Slice(count - 1, 2));
    }

    [Fact]
    public void CopyRow_OfAMatrixBeyond2To31Values_IsThatRow()
    {
        var set = new ParameterSet();
        set.Add("first", 1 << 16, (1 << 15) - 1);
        var last = set.Add("last", 1 << 16, 2);
        set.Allocate(half: true);
        set.Matrix(last).Halves[2 * 65_535 + 1] = 0x3f80;
        Assert.Equal((1L << 31) + (1 << 16), set.Count);
        var row = new float[2];
        set.CopyRow(last, 65_535, row);
        Assert.Equal([0f, 1f], row);
    }

    [Fact]
    public void Of_MoreMomentsThanADimensionHolds_AreNumberedPartsWithoutGap()
    {
        var count = (1L << 31) + 1;
        var parts = MomentPart.Of("first_moment", count).ToList();
        Assert.Equal(["first_moment.0", "first_moment.1", "first_moment.2"], parts.Select(p => p.Name));
        Assert.Equal(count, parts.Sum(p => (long)p.Count));
        Assert.Equal([0, 1L << 30, 1L << 31], parts.Select(p => p.From));
        Assert.Equal(["m"], MomentPart.Of("m", int.MaxValue).Select(p => p.Name));
    }

    [Fact]
    public void Validate_ModelOfThreeBillionParameters_IsAccepted()
    {
        var config = new ModelConfig
        {
            VocabularySize = 151_936, HiddenSize = 2048, IntermediateSize = 11_008, Layers = 36, Heads = 16, KeyValueHeads = 2, HeadSize = 128,
            MaxPositions = 32_768, EndOfSequenceId = 0, TieWordEmbeddings = true,
        };
        config.Validate("three billion");
    }
}
