"""The words of the model cards; the numbers come from `evaluation`."""

DIGITS_DATA = (
    "Free Spoken Digit Dataset (8 kHz, 3,000 clips). Training: takes 0-44 of five speakers (2,250 clips). Held out: takes 45-49 of the "
    "same speakers "
    "(250 clips), and the sixth speaker, lucas, whom neither the generator nor the judge has heard."
)
DRUMS_DATA = (
    "Public collection of drum-machine one-shots (16 kHz after resampling), fourteen kinds of drum. Held out: whole machines, chosen by "
    "the hash of their names "
    "(149 clips); training: the other machines (1,917 clips)."
)
NO_LICENCE = "the collection states no licence; the samples themselves are not part of this project. Weights: Apache-2.0."
BY_SA = "data CC-BY-SA-4.0 (Z. Jackson and contributors); the weights are offered under the same terms."
CRITICS = (
    "Donahue et al. 2019 (https://arxiv.org/abs/1802.04208) with these differences: class-conditional (projection critic; for digits "
    "wrong labels count as fake at a quarter of the weight); relativistic pairing loss with zero-centred gradient penalties every 16 "
    "steps (Huang et al. 2024) instead of WGAN-GP; clips judged in pairs of one condition (PacGAN, Lin et al. 2018), and first "
    "weights by which seeds differ from the start; five eighths to three quarters of the paper's channels are left out (a CPU trained "
    "it); a second critic on the log-magnitude spectrogram beside the raw one with phase shuffle; averaged weights."
)
JUDGE = (
    "A small convolutional network on the 64-band log-mel spectrogram, trained on real clips only, "
    "with time shift, stretch, noise and masking as augmentation."
)

NOTES_DATA = (
    "Notes rendered from the SoundFont FluidR3 mono (General MIDI): 13 families, their programs, MIDI pitches 36 to 84, three velocities, "
    "22,050 Hz, held for a second. Held out: whole instruments, chosen by the hash of their program number (split test), and pairs of "
    "program "
    "and pitch of the training instruments (split new-notes)."
)
MIT = "SoundFont MIT (F. Wen, M. Cowgill and contributors). Weights: Apache-2.0."

ABOUT = {
    "melgan-notes": {
        "title": "Mel-spectrogram GAN, instrument notes",
        "summary": "Instrument family, MIDI pitch and latent → log-mel spectrogram of 80 bands × 128 frames (1.49 s).",
        "data": NOTES_DATA,
        "licence": MIT,
        "differences": (
            "A transposed-convolution generator with conditional scale and shift, and one strided-convolution critic; both are given the "
            "harmonics of the asked pitch on the mel axis. Relativistic pairing loss with zero-centred gradient penalties every 16 steps; "
            "wrong families and pitches count as fake at a quarter of the weight; notes judged in pairs of one family and pitch (PacGAN, "
            "Lin et al. 2018), and first weights by which seeds differ from the start; averaged weights."
        ),
    },
    "vocoder-notes": {
        "title": "Vocoder of the notes",
        "summary": "Log-mel spectrogram and pitch → waveform at 22,050 Hz: filtered harmonics and noise, inverse STFT.",
        "data": NOTES_DATA,
        "licence": MIT,
        "differences": "Reconstruction of real notes from their spectrograms: multi-resolution STFT loss and log-mel loss; no critic.",
    },
    "judge-notes": {
        "title": "Judge of notes",
        "summary": "Names the family and the pitch of a note from its log-mel spectrogram; scores the generator.",
        "data": NOTES_DATA,
        "licence": MIT,
        "differences": "A small convolutional network with masking and blur as augmentation.",
    },
    "wavegan-digits": {
        "title": "WaveGAN, spoken digits",
        "summary": "Digit, voice and latent → 8,192 samples at 8 kHz, the rate of the recordings; doubled to 16 kHz by a sinc filter "
        "when played.",
        "data": DIGITS_DATA,
        "licence": BY_SA,
        "differences": CRITICS,
    },
    "wavegan-drums": {
        "title": "WaveGAN, drum one-shots",
        "summary": "Kind of drum and latent → 16,384 samples at 16 kHz.",
        "data": DRUMS_DATA,
        "licence": NO_LICENCE,
        "differences": CRITICS,
    },
    "judge-digits": {
        "title": "Judge of digits",
        "summary": "Names the digit in a clip; scores the generator.",
        "data": DIGITS_DATA,
        "licence": BY_SA,
        "differences": JUDGE,
    },
    "judge-drums": {
        "title": "Judge of drums",
        "summary": "Names the kind of a drum hit; scores the generator.",
        "data": DRUMS_DATA,
        "licence": NO_LICENCE,
        "differences": JUDGE,
    },
}

# What was heard and seen that the numbers do not say.
NOTES: dict[str, list[str]] = {
    "wavegan-digits": [
        "The held-out clips that these numbers are measured on also chose the checkpoint within the run.",
        "Seeds of one digit and voice differ a little less than that speaker's own takes do: see the spread within a class.",
        "The Fréchet distance is well above that of real clips: the judge can tell the generated clips apart as a group. Consonants are "
        "softer than recorded, and faint noise lies over the words.",
        "Earlier weights, whose seeds differed by a fifth of what takes do, were recognised a little more often (100 %) and had a higher "
        "Inception Score (99 % of real), for they spoke one typical take of each digit; their Fréchet distance was 70.",
    ],
    "wavegan-drums": [
        "The held-out clips that these numbers are measured on also chose the checkpoint within the run.",
        "Seeds of one kind differ less than real machines do: see the spread within a class.",
        "The judge recognises generated hits more often than real ones, because they are more typical of their kind than the machines it "
        "has not heard. So its Fréchet distance can be below that of real clips, which is that of machines kept apart.",
        "Faint noise, some 50 dB below the peak, follows hits after they have decayed; the app silences it (from 34 dB below the peak on), "
        "and the numbers are those of what is heard. A tom or a cowbell now and then has an echo.",
        "Earlier weights, trained for 39 minutes without pairs, had a spread of 36 % of real, a Fréchet distance of 168 and louder noise.",
    ],
    "melgan-notes": [
        "The held-out notes that these numbers are measured on also chose the checkpoint within the run.",
        "Its notes are closer to those kept apart, for the judge, than the training notes are (the value of real): it is asked for just "
        "those families and pitches, and draws each as a typical one of its family.",
        "Seeds of one family and pitch differ less than its instruments do: see the spread within.",
        "Families blur: a pad may sound like strings. One note in sixty or so is heard at another pitch, mostly an octave off.",
        "Earlier weights, trained for nine minutes, were recognised as their family in 74 % and had a Fréchet distance of 87.",
    ],
    "vocoder-notes": [
        "It knows harmonic sounds only: inharmonic programs (bells, glockenspiel, timpani) were left out of the data.",
        "None of the held-out instruments is an organ, a bass or a string section: the rule that chooses them drew none.",
    ],
    "judge-notes": [
        "On instruments it has not heard it names the family of little more than half of the notes, and the pitch of nearly all."
    ],
    "judge-drums": [
        "Kinds overlap: a low tom of one machine is a mid tom of another, and some shakers are hi-hats. Its accuracy on real clips is "
        "the ceiling for generated ones."
    ],
}
